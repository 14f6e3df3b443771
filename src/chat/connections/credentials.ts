import { CompactEncrypt, compactDecrypt, errors } from 'jose'

const only = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }

/** Encrypts credentials of chats (JWE, RFC 7516): a person who reads only the database cannot use them. */
export class Credentials {
  readonly #key: Uint8Array
  readonly #others: Uint8Array[]

  /** @param keys 32 bytes each, derived from SECRET: the first one encrypts, all decrypt */
  constructor([key, ...others]: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#key = key
    this.#others = others
  }

  /** Whether SECRET is being replaced: an older key can still decrypt. */
  get isBeingReplaced(): boolean {
    return this.#others.length > 0
  }

  seal(text: string): Promise<string> {
    const header = { alg: 'dir', enc: 'A256GCM' }
    return new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(this.#key)
  }

  /** @returns undefined when it was encrypted with another SECRET, or is damaged */
  async open(sealed: string): Promise<string | undefined> {
    return openWith([this.#key, ...this.#others], sealed)
  }

  /** @returns the text encrypted with the current key; undefined when it is already, or cannot be decrypted */
  async reencrypt(sealed: string): Promise<string | undefined> {
    const text = await openWith(this.#others, sealed)
    return text === undefined ? undefined : this.seal(text)
  }
}

async function openWith(keys: readonly Uint8Array[], sealed: string): Promise<string | undefined> {
  for (const key of keys) {
    try {
      const { plaintext } = await compactDecrypt(sealed, key, only)
      return new TextDecoder().decode(plaintext)
    } catch (error) {
      if (!(error instanceof errors.JOSEError)) throw error
    }
  }
  return undefined
}
