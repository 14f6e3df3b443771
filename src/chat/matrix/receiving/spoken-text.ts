/** Older clients begin an answer with the message that it answers, each line after "> ", and an empty line. */
const quote = /^> (?:\* )?<@[^>\n]+>[^\n]*(?:\n>[^\n]*)*(?:\n{1,2}|$)/

/** What a person said, without the message that it answers. */
export function withoutQuote(body: string): string {
  return body.replace(quote, '')
}

/** By type of message, which is any text. */
const files = new Map([
  ['m.image', 'an image'],
  ['m.file', 'a file'],
  ['m.audio', 'a recording'],
  ['m.video', 'a video'],
])

type Said = { msgtype: string; body: string; filename?: string | undefined }

/** Names the file that was sent, with its caption if it has one; undefined for other messages. */
export function fileName({ msgtype, body, filename }: Said): string | undefined {
  const what = files.get(msgtype)
  if (!what) return undefined
  const sent = `Sent ${what}: ${filename ?? body}`
  return filename !== undefined && filename !== body ? `${sent}\n${body}` : sent
}
