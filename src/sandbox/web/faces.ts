import type { Author, User } from '../state/types.ts'
import type { World } from '../world.ts'
import { avatarPath } from './paths.ts'

/** How somebody is shown: by a picture of the sandbox's own, or else by their initials on one of eight colours. */
export type Face = { name: string; image: string | undefined; initials: string; tone: number }

const tones = 8

export function userFace(user: User): Face {
  return { ...initialsOf(user.name), name: user.nick, image: avatarPath(user) }
}

/** Somebody whom a source names. Pictures on other hosts are not loaded. */
export function authorFace({ name, email, avatar = '' }: Author, world: World): Face {
  const user = world.users.find((one) => one.email === email)
  const image = avatar ? ownPicture(avatar, world) : user && avatarPath(user)
  return { ...initialsOf(name), name, image }
}

/** Somebody outside, of whom only the name is known. */
export function strangerFace(name: string): Face {
  return { ...initialsOf(name), name, image: undefined }
}

function ownPicture(avatar: string, { publicUrl }: World): string | undefined {
  if (/^data:image\//i.test(avatar)) return avatar
  if (!URL.canParse(avatar)) return
  const { origin, pathname, search } = new URL(avatar)
  return origin === publicUrl.origin ? pathname + search : undefined
}

function initialsOf(name: string): Pick<Face, 'initials' | 'tone'> {
  const words = name.match(/[\p{L}\p{N}]+/gu) ?? []
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words
  const initials = ends.map((word = '') => [...word][0] ?? '').join('')
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0)
  return { initials: initials.toUpperCase(), tone: sum % tones }
}
