import { createSecretKey } from 'node:crypto'
import { Signer } from '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { deriveKeys } from '../../config.ts'
import { sessionDays } from '../../people/sessions.ts'
import type { Services } from '../../services.ts'

/** The `__Host-` prefix lets no other host, nor plain http, set the cookie; it only works under https. */
export function cookieName({ config }: Pick<Services, 'config'>, name: string): string {
  return config.publicUrl.protocol === 'https:' ? `__Host-${name}` : name
}

export function cookieOptions({ config }: Pick<Services, 'config'>) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: config.publicUrl.protocol === 'https:',
    maxAge: sessionDays * 86_400,
  } as const
}

/**
 * The first key signs, all verify. The plugin's signer accepts only buffers, with which Node takes seven times as long for
 * an HMAC as with key objects: a hundredth of a millisecond for each form.
 */
export function signerWith(keys: Buffer[]): Signer {
  const signer = new Signer(keys)
  const [signingKey, ...others] = keys.map((key) => createSecretKey(key))
  return Object.assign(signer, { signingKey, secrets: [signingKey, ...others] })
}

/** The purpose of a signed cookie. Each purpose has its own key, so a value of one is invalid for another. */
type Purpose = 'newcomer' | 'news' | 'private_link'

/** A cookie that the browser keeps and cannot change. The cookie of the CSRF protection is signed by its own plugin. */
export class SignedCookie {
  readonly #name: string
  readonly #options: ReturnType<typeof cookieOptions>
  readonly #maxAge: number
  readonly #signer: Signer

  /** @param maxAge how long the browser keeps it, in seconds */
  constructor(services: Pick<Services, 'config' | 'secrets'>, purpose: Purpose, maxAge: number) {
    this.#name = cookieName(services, `polldock_${purpose}`)
    this.#options = cookieOptions(services)
    this.#maxAge = maxAge
    this.#signer = signerWith(deriveKeys(services.secrets, `${purpose} cookie`))
  }

  set(reply: FastifyReply, value: string): void {
    reply.setCookie(this.#name, this.#signer.sign(value), { ...this.#options, maxAge: this.#maxAge })
  }

  /** @returns undefined without the cookie, or when we did not sign it for this purpose */
  read({ cookies }: FastifyRequest): string | undefined {
    const { valid, value } = this.#signer.unsign(cookies[this.#name] ?? '')
    return valid && value !== null ? value : undefined
  }

  /** Clears the cookie if the browser sent it. */
  clear(request: FastifyRequest, reply: FastifyReply): void {
    if (request.cookies[this.#name] === undefined) return
    delete request.cookies[this.#name]
    reply.clearCookie(this.#name, this.#options)
  }
}
