import sanitizeHtml from 'sanitize-html'

/** @see https://github.com/flowdock/api-docs/blob/master/docs/team-inbox.md, the only list that is documented */
const bodyTags =
  `a abbr acronym address article aside b big blockquote br caption cite code dd del details dfn div dl dt em figcaption
  figure footer h1 h2 h3 h4 h5 h6 header hgroup hr i img ins kbd li nav ol p pre samp section small span strong sub
  summary sup table tbody td tfoot th thead tr tt ul var wb`.split(/\s+/)

const common: sanitizeHtml.IOptions = {
  allowedAttributes: {
    a: ['href', 'title', 'rel'],
    img: ['src', 'alt', 'title', 'width', 'height'],
    abbr: ['title'],
    acronym: ['title'],
    td: ['colspan', 'rowspan'],
    th: ['colspan', 'rowspan', 'scope'],
  },
  allowedSchemes: ['http', 'https', 'mailto'],
  allowProtocolRelative: false,
  transformTags: { a: sanitizeHtml.simpleTransform('a', { rel: 'nofollow' }) },
  nestingLimit: 50,
}

/** Most texts hold nothing that could be a tag. */
const isPlain = (text: string) => !/[<>&]/.test(text)

/** Keeps what the body of a message or a thread may hold. */
export const bodyHtml = (html: string): string =>
  isPlain(html) ? html : sanitizeHtml(html, { ...common, allowedTags: bodyTags })

/** Keeps only links, as in titles and the values of fields. */
export const linkHtml = (html: string): string =>
  isPlain(html) ? html : sanitizeHtml(html, { ...common, allowedTags: ['a'] })
