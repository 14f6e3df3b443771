import type { Application } from '../state/types.ts'
import { isSame } from './secrets.ts'

/** The application that sends this, known by its id and secret in the header (basic) or else in the body. */
export function authenticateClient(
  applications: readonly Application[],
  header: string | undefined,
  body: { client_id?: string | undefined; client_secret?: string | undefined },
): Application | undefined {
  const { id, secret } = basicCredentials(header) ?? { id: body.client_id ?? '', secret: body.client_secret ?? '' }
  const application = applications.find(({ clientId }) => clientId === id)
  return application && isSame(secret, application.clientSecret) ? application : undefined
}

/** Both parts are form-encoded before they are joined (RFC 6749, 2.3.1). */
function basicCredentials(header = ''): { id: string; secret: string } | undefined {
  const encoded = /^basic ([\w+/=-]+)$/i.exec(header)?.[1]
  if (!encoded) return
  const pair = Buffer.from(encoded, 'base64').toString()
  const [id = '', secret = ''] = [pair.split(':', 1)[0], pair.slice(pair.indexOf(':') + 1)].map(decoded)
  return { id, secret }
}

function decoded(text = ''): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}
