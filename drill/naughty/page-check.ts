import { parse } from 'node-html-parser'

/** The part of the page that lets the string act; undefined if there is no such part. */
export function faultIn(html: string, sent: string): string | undefined {
  const isTelling = sent.length > 3 && /[<>"']/.test(sent)
  if (isTelling && html.includes(sent)) return `${JSON.stringify(sent).slice(0, 60)} stands in it as it was sent`
  for (const { rawTagName, attributes } of parse(html).querySelectorAll('*')) {
    const handler = Object.keys(attributes).find((name) => /^on/i.test(name))
    if (handler) return `<${rawTagName}> has ${handler}`
    if (/^script$/i.test(rawTagName) && !attributes.src?.startsWith('/assets/')) return 'a script of somebody else'
    if (/^(iframe|object|embed|base)$/i.test(rawTagName)) return `there is a <${rawTagName}>`
    const link = attributes.href ?? attributes.src ?? attributes.action ?? ''
    if (/^\s*(javascript|data|vbscript):/i.test(link)) return `there is a link to ${link.slice(0, 60)}`
  }
  return undefined
}
