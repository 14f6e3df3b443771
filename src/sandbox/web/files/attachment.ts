import { pictureTypes } from '../../state/files.ts'
import type { Attachment, FlowMessage, StoredFile } from '../../state/types.ts'
import { plainText } from '../text.ts'

/** A file as a page shows it: a link to download it, and a picture itself. */
export type AttachmentModel = {
  name: string
  path: string
  size: string
  picture: { width: number; height: number } | undefined
}

/** Relative to the page's host. The page is for people who are signed in here; the API has its own address. */
export function downloadPath({ id, name }: StoredFile): string {
  return `/app/files/${id}/${encodeURIComponent(name)}`
}

/** The files of a message that its text does not show. */
export function attachmentModels(message: FlowMessage): AttachmentModel[] {
  if (message.event === 'file') return [attachmentModel(message.file)]
  if (!('attachments' in message)) return []
  const shown = message.attachments.filter((attachment) => !isInBody(attachment, message.body ?? ''))
  return shown.map(({ file }) => attachmentModel(file))
}

/** The body of a message with its attached pictures in place of their ids, as in `<img src="cid:file1">`. */
export function withPictures(html: string, attachments: readonly Attachment[]): string {
  return html.replace(source, (_source, id: string) => {
    const attachment = attachments.find(({ contentId }) => contentId === plainText(id))
    return attachment && isPicture(attachment.file) ? `src="${downloadPath(attachment.file)}"` : ''
  })
}

const source = /src="cid:([^"]*)"/g
const isPicture = ({ contentType }: StoredFile) => pictureTypes.has(contentType)

function isInBody({ file, contentId }: Attachment, body: string): boolean {
  return isPicture(file) && [...body.matchAll(source)].some(([, id = '']) => plainText(id) === contentId)
}

function attachmentModel(file: StoredFile): AttachmentModel {
  return { name: file.name, path: downloadPath(file), size: sizeText(file.size), picture: file.image }
}

/** Such as "12 KB". */
function sizeText(bytes: number): string {
  const units = ['bytes', 'KB', 'MB']
  const power = Math.min(Math.floor(Math.log(Math.max(bytes, 1)) / Math.log(1_000)), units.length - 1)
  return `${(bytes / 1_000 ** power).toLocaleString('en', { maximumFractionDigits: 1 })} ${units[power]}`
}
