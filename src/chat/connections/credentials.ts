import { CompactEncrypt, compactDecrypt, errors } from 'jose'

const only = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }

/** Seals what opens a chat to us, so that whoever reads only the database cannot post or act there (JWE, RFC 7516). */
export class Credentials {
  readonly #key: Uint8Array
  readonly #others: Uint8Array[]

  /** @param keys 32 bytes each, not kept in the database: the first one seals, all open */
  constructor([key, ...others]: readonly [Uint8Array, ...Uint8Array[]]) {
    this.#key = key
    this.#others = others
  }

  /** Whether there is a secret that opens and does not seal. */
  get isBeingReplaced(): boolean {
    return this.#others.length > 0
  }

  seal(text: string): Promise<string> {
    const header = { alg: 'dir', enc: 'A256GCM' }
    return new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(this.#key)
  }

  /** @returns undefined when it was sealed under another secret, or is broken */
  async open(sealed: string): Promise<string | undefined> {
    return openWith([this.#key, ...this.#others], sealed)
  }

  /** @returns the same under the secret that seals; undefined when it is already, or cannot be opened */
  async sealAnew(sealed: string): Promise<string | undefined> {
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
