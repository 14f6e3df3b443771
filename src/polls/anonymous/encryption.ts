import { createCipheriv, createDecipheriv, createSecretKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { formatChoices, parseChoices } from '../model/choices/choice-text.ts'
import type { AnonymousBallot, Poll } from '../model/poll.ts'

const cipher = 'aes-256-gcm'
const nonceBytes = 12
const tagBytes = 16
/** An option's id, "=if_need_be" and a space. */
const maxChoiceLength = 24

/**
 * Encrypts ballots, so the database and its backups do not show what is on one, or how many options it names. Each
 * poll has its own key. All ciphertexts of a poll have the same length: no options are added once people have voted.
 */
export class BallotEncryption {
  readonly #keys: readonly Uint8Array[]
  /** To derive a key takes longer than to encrypt with it, and Node is faster with key objects than with buffers. */
  readonly #pollKeys = new LRUCache<string, KeyObject[]>({ max: 500 })

  /** @param keys 32 bytes each, not stored in the database: the first one encrypts, all decrypt */
  constructor(keys: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#keys = keys
  }

  encrypt(poll: EncryptedFor, { hash, choices }: AnonymousBallot): Buffer {
    const [key] = this.#keysOf(poll.id)
    return encrypt(key, `${hash} ${formatChoices(choices).join(' ').padEnd(maxLengthIn(poll))}`)
  }

  /** @throws {Error} when it was encrypted with another key, or is damaged */
  decrypt(pollId: string, sealed: Uint8Array, parse = parseChoices): AnonymousBallot {
    const text = decrypt(this.#keysOf(pollId), sealed)
    if (text === undefined)
      throw new Error(`A ballot of poll ${pollId} was encrypted with another SECRET, or is damaged.`)
    const [hash = '', ...choices] = text.trimEnd().split(' ')
    return { hash, choices: parse(choices) }
  }

  /** @returns the ballot under the first key; undefined if it is already, or cannot be decrypted */
  reencrypt(pollId: string, sealed: Uint8Array): Buffer | undefined {
    const [key, ...others] = this.#keysOf(pollId)
    const text = decrypt(others, sealed)
    return text === undefined ? undefined : encrypt(key, text)
  }

  /** One key for each poll, as random nonces may repeat once a key has encrypted too many ballots. */
  #keysOf(pollId: string): KeyObject[] {
    const derive = (key: Uint8Array) =>
      createSecretKey(Buffer.from(hkdfSync('sha256', key, '', `ballots of poll ${pollId}`, 32)))
    const keys = this.#pollKeys.get(pollId) ?? this.#keys.map(derive)
    this.#pollKeys.set(pollId, keys)
    return keys
  }
}

type EncryptedFor = Pick<Poll, 'id' | 'method' | 'options'>

/** Length of the longest ballot. */
function maxLengthIn({ method, options }: EncryptedFor): number {
  return maxChoiceLength * (method === 'single_choice' ? 1 : options.length)
}

function encrypt(key: KeyObject | undefined, text: string): Buffer {
  const nonce = randomBytes(nonceBytes)
  const encrypting = createCipheriv(cipher, key ?? '', nonce)
  return Buffer.concat([nonce, encrypting.update(text), encrypting.final(), encrypting.getAuthTag()])
}

/** With the first key that fits; undefined if none does. */
function decrypt(keys: readonly KeyObject[], sealed: Uint8Array): string | undefined {
  const nonce = sealed.subarray(0, nonceBytes)
  for (const key of keys) {
    try {
      const decrypting = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes })
      decrypting.setAuthTag(sealed.subarray(-tagBytes))
      return Buffer.concat([decrypting.update(sealed.subarray(nonceBytes, -tagBytes)), decrypting.final()]).toString()
    } catch {}
  }
  return undefined
}
