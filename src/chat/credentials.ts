import { CompactEncrypt, compactDecrypt, errors } from 'jose'
import { deriveKey } from '../config.ts'

/** Seals what opens a chat to us, so that whoever reads only the database cannot post or act there (JWE, RFC 7516). */
export class Credentials {
  readonly #key: Uint8Array

  /** @param secret Polldock's own, which is not kept in the database */
  constructor(secret: string) {
    this.#key = deriveKey(secret, 'chat credentials')
  }

  seal(text: string): Promise<string> {
    const header = { alg: 'dir', enc: 'A256GCM' }
    return new CompactEncrypt(new TextEncoder().encode(text)).setProtectedHeader(header).encrypt(this.#key)
  }

  /** @returns undefined when it was sealed under another secret, or is broken */
  async open(sealed: string): Promise<string | undefined> {
    try {
      const only = { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] }
      const { plaintext } = await compactDecrypt(sealed, this.#key, only)
      return new TextDecoder().decode(plaintext)
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined
      throw error
    }
  }
}
