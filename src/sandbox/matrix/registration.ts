import { z } from 'zod'

const namespace = z.object({
  regex: z.string().refine(isRegex, 'must be a regular expression'),
  exclusive: z.boolean(),
})

/** How an application service is registered, with the names of the registration file. */
export const registrationSchema = z.object({
  id: z.string(),
  /** The application service sends it to the homeserver. */
  as_token: z.string(),
  /** The homeserver sends it to the application service. */
  hs_token: z.string(),
  sender_localpart: z.string(),
  /** Where transactions are pushed to. With null, none are. */
  url: z.string().nullable(),
  namespaces: z.object({ users: z.array(namespace).default([]) }),
  /** Only `false` lifts the limits of ghosts. */
  rate_limited: z.unknown().optional(),
})

export type Registration = z.output<typeof registrationSchema>

/** Whether a user id is in the application service's namespace. */
export function isInNamespace({ namespaces }: Registration, userId: string): boolean {
  return namespaces.users.some(({ regex }) => matches(regex, userId))
}

export function isExclusive({ namespaces }: Registration, userId: string): boolean {
  return namespaces.users.find(({ regex }) => matches(regex, userId))?.exclusive ?? false
}

/** As Python's `re.match`: only the beginning has to match. */
function matches(regex: string, text: string): boolean {
  return new RegExp(`^(?:${regex})`).test(text)
}

function isRegex(text: string): boolean {
  try {
    return Boolean(new RegExp(text))
  } catch {
    return false
  }
}
