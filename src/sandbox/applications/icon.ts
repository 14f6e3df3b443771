import type { Picture } from '../state/types.ts'

export const maxIconBytes = 64 * 1024

/** The first bytes of each type of picture, in hexadecimal. */
const signatures: [Picture['type'], RegExp][] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/gif', /^47494638(?:37|39)61/],
  ['image/webp', /^52494646.{8}57454250/],
]

/**
 * Recognizes a picture by its content. SVG is none of them, as it can hold scripts.
 *
 * @returns what is wrong, if it cannot be an icon
 */
export function readIcon(bytes: Buffer): { icon: Picture } | { problem: string } {
  if (bytes.length > maxIconBytes) return { problem: `must have at most ${maxIconBytes / 1024} KiB` }
  const head = bytes.toString('hex', 0, 12)
  const [type] = signatures.find(([, signature]) => signature.test(head)) ?? []
  return type ? { icon: { type, bytes } } : { problem: 'must be a PNG, JPEG, GIF or WebP picture' }
}
