import { randomUUID } from 'node:crypto'
/** The result of an action, shown to the user who picked it. Texts are plain and short. */
export type ActionOutcome =
  | { kind: 'done'; message: string }
  /** The application does not know this user yet, and names a page to sign in. */
  | { kind: 'sign-in'; url: string }
  | { kind: 'failed'; message: string }

/** The application's response. `text` may hold only its beginning. */
export type ApplicationResponse = { status: number; type: string; challenge: string; text: string }

/**
 * The result that a response stands for. The sandbox treats a redirect as an error; Flowdock's behaviour is unknown.
 */
export function outcomeOf(answer: ApplicationResponse): ActionOutcome {
  const { status } = answer
  const message = shortText(answer)
  if (status >= 200 && status < 300) return { kind: 'done', message }
  const url = status === 401 ? signInUrl(answer.challenge) : undefined
  if (url) return { kind: 'sign-in', url }
  return { kind: 'failed', message: `The application answered ${status}${message ? `: ${message}` : '.'}` }
}

const maxCharacters = 300

function shortText({ type, text }: ApplicationResponse): string {
  const whole = /json/.test(type) ? messageIn(text) : /^text\/plain/.test(type) ? text : ''
  const line = whole.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1).toWellFormed()}…` : line
}

/** The first text in a field that APIs commonly use for messages to people. */
function messageIn(text: string): string {
  try {
    const body: unknown = JSON.parse(text)
    const fields: Record<string, unknown> = typeof body === 'object' && body !== null ? { ...body } : { message: body }
    const { message, detail, error, title } = fields
    return [message, detail, error, title].find((one): one is string => typeof one === 'string') ?? ''
  } catch {
    return ''
  }
}

function signInUrl(challenge: string): string | undefined {
  const url = /\bFlowdock-Token\s+url="?([^"\s,]+)/i.exec(challenge)?.[1] ?? ''
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : undefined
}

/** A result with the name of its action. */
export type ShownOutcome = ActionOutcome & { action: string }

/** The oldest outcomes are deleted first. */
const maxOutcomes = 500

/** The results of recent actions, for the page after each action. */
export class RecentOutcomes {
  readonly #outcomes = new Map<string, ShownOutcome>()

  /** @returns the id in the URL of the page that shows it */
  add(outcome: ShownOutcome): string {
    const id = randomUUID()
    this.#outcomes.set(id, outcome)
    const [oldest = id] = this.#outcomes.keys()
    if (this.#outcomes.size > maxOutcomes) this.#outcomes.delete(oldest)
    return id
  }

  get(id: string): ShownOutcome | undefined {
    return this.#outcomes.get(id)
  }
}
