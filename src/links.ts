import { tokenize } from 'linkifyjs'

/** A stretch of text, and where it leads if it is a link. */
export type TextPart = { text: string; href?: string }

/** Finds the links in plain text. Only http and https are links; everything else stays text. */
export function linked(text: string): TextPart[] {
  return tokenize(text).map((token): TextPart => {
    const href = token.isLink && token.t === 'url' ? token.toHref('https') : undefined
    return href && /^https?:\/\//i.test(href) ? { text: token.toString(), href } : { text: token.toString() }
  })
}
