import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { Poll, SecretBallot } from '../types.ts'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
/** A choice at its longest: an option's id, "=if_need_be", and a space. */
const longestChoice = 24

/**
 * Seals ballots, so that whoever reads only the database, or any number of its backups, cannot tell what is on one, not
 * even how many options. Each is bound to its poll; all of a poll are equally long.
 */
export class BallotSeal {
  readonly #keys: readonly Uint8Array[]

  /** @param keys 32 bytes each, not kept in the database: the first one seals, all open */
  constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#keys = keys
  }

  seal(poll: Pick<Poll, 'id' | 'method' | 'options'>, { hash, choices }: SecretBallot): Buffer {
    const room = poll.method === 'single_choice' ? 1 : poll.options.length
    return this.#encrypt(poll.id, `${hash} ${choices.join(' ').padEnd(room * longestChoice)}`)
  }

  /** @throws {Error} when it was sealed with another key, or is broken */
  open(pollId: string, sealed: Uint8Array): SecretBallot {
    const text = this.#keys.map((key) => decrypt(key, pollId, sealed)).find((one) => one !== undefined)
    if (text === undefined) throw new Error(`A ballot of poll ${pollId} was sealed under another SECRET, or is broken.`)
    const [hash = '', ...choices] = text.trimEnd().split(' ')
    return { hash, choices }
  }

  /** @returns the same under the key that seals; undefined when it is already, or cannot be opened */
  sealAnew(pollId: string, sealed: Uint8Array): Buffer | undefined {
    const text = this.#keys
      .slice(1)
      .map((key) => decrypt(key, pollId, sealed))
      .find((one) => one !== undefined)
    return text === undefined ? undefined : this.#encrypt(pollId, text)
  }

  #encrypt(pollId: string, text: string): Buffer {
    const nonce = randomBytes(nonceBytes)
    const sealing = createCipheriv(cipher, keyOf(this.#keys[0], pollId), nonce)
    return Buffer.concat([nonce, sealing.update(text), sealing.final(), sealing.getAuthTag()])
  }
}

function decrypt(key: Uint8Array, pollId: string, sealed: Uint8Array): string | undefined {
  const nonce = sealed.subarray(0, nonceBytes)
  const opening = createDecipheriv(cipher, keyOf(key, pollId), nonce, { authTagLength: tagBytes })
  opening.setAuthTag(sealed.subarray(-tagBytes))
  try {
    return Buffer.concat([opening.update(sealed.subarray(nonceBytes, -tagBytes)), opening.final()]).toString()
  } catch {
    return undefined
  }
}

/** A key for each poll: so many nonces can be drawn at random for one before two may be the same. */
function keyOf(key: Uint8Array | undefined, pollId: string): Buffer {
  return Buffer.from(hkdfSync('sha256', key ?? '', '', `ballots of poll ${pollId}`, 32))
}
