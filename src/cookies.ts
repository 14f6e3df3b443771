import { sessionDays } from './people/sessions.ts'
import type { Services } from './services.ts'

/** The `__Host-` prefix lets no other host, nor plain http, set the cookie; it only works under https. */
export function cookieName({ config }: Services, name: string): string {
  return config.publicUrl.protocol === 'https:' ? `__Host-${name}` : name
}

export function cookieOptions({ config }: Services) {
  return {
    path: '/',
    httpOnly: true,
    sameSite: 'lax',
    secure: config.publicUrl.protocol === 'https:',
    maxAge: sessionDays * 86_400,
  } as const
}
