import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import type { Poll, SecretBallot } from '../model/poll.ts'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
/** A choice at its longest: an option's id, "=if_need_be", and a space. */
const maxChoiceLength = 24

/**
 * Seals ballots, so that whoever reads only the database, or any number of its backups, cannot tell what is on one, not
 * even how many options. Each is bound to its poll; all of a poll are equally long, as options are settled by then.
 */
export class BallotEncryption {
  readonly #keys: readonly Uint8Array[]
  /** Those of the polls that were asked for last: to derive one takes longer than to seal with it. */
  readonly #pollKeys = new LRUCache<string, Buffer[]>({ max: 500 })

  /** @param keys 32 bytes each, not kept in the database: the first one seals, all open */
  constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#keys = keys
  }

  seal(poll: Sealed, { hash, choices }: SecretBallot): Buffer {
    const [key] = this.#keysOf(poll.id)
    return encrypt(key, `${hash} ${choices.join(' ').padEnd(roomIn(poll))}`)
  }

  /** @throws {Error} when it was sealed with another key, or is broken */
  open(pollId: string, sealed: Uint8Array): SecretBallot {
    const text = decrypt(this.#keysOf(pollId), sealed)
    if (text === undefined) throw new Error(`A ballot of poll ${pollId} was sealed under another SECRET, or is broken.`)
    const [hash = '', ...choices] = text.trimEnd().split(' ')
    return { hash, choices }
  }

  /** @returns the same under the key that seals; undefined when it is already, or cannot be opened */
  sealAnew(pollId: string, sealed: Uint8Array): Buffer | undefined {
    const [key, ...others] = this.#keysOf(pollId)
    const text = decrypt(others, sealed)
    return text === undefined ? undefined : encrypt(key, text)
  }

  /** A key for each poll: so many nonces can be drawn at random for one before two may be the same. */
  #keysOf(pollId: string): Buffer[] {
    const derive = (key: Uint8Array) => Buffer.from(hkdfSync('sha256', key, '', `ballots of poll ${pollId}`, 32))
    const keys = this.#pollKeys.get(pollId) ?? this.#keys.map(derive)
    this.#pollKeys.set(pollId, keys)
    return keys
  }
}

type Sealed = Pick<Poll, 'id' | 'method' | 'options'>

/** For as many choices as a ballot can have. */
function roomIn({ method, options }: Sealed): number {
  return maxChoiceLength * (method === 'single_choice' ? 1 : options.length)
}

function encrypt(key: Buffer | undefined, text: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, key ?? '', nonce)
  return Buffer.concat([nonce, sealing.update(text), sealing.final(), sealing.getAuthTag()])
}

/** With the first key that fits. */
function decrypt(keys: readonly Buffer[], sealed: Uint8Array): string | undefined {
  const nonce = sealed.subarray(0, nonceBytes)
  for (const key of keys) {
    try {
      const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes })
      opening.setAuthTag(sealed.subarray(-tagBytes))
      return Buffer.concat([opening.update(sealed.subarray(nonceBytes, -tagBytes)), opening.final()]).toString()
    } catch {}
  }
  return undefined
}
