import { randomUUID } from 'node:crypto'
/** What came of an action, for the one who picked it. Texts are plain and short. */
export type ActionOutcome =
  | { kind: 'done'; message: string }
  /** The application does not know this person yet and tells where they can sign in. */
  | { kind: 'sign-in'; url: string }
  | { kind: 'failed'; message: string }

/** An answer of which only the beginning may have been read. */
export type ApplicationResponse = { status: number; type: string; challenge: string; text: string }

/** What an application's answer means. That a redirect is an error is the sandbox's choice; Flowdock's is not known. */
export function outcomeOf(answer: ApplicationResponse): ActionOutcome {
  const { status } = answer
  const said = shortText(answer)
  if (status >= 200 && status < 300) return { kind: 'done', message: said }
  const url = status === 401 ? signInUrl(answer.challenge) : undefined
  if (url) return { kind: 'sign-in', url }
  return { kind: 'failed', message: `The application answered ${status}${said ? `: ${said}` : '.'}` }
}

const maxCharacters = 300

function shortText({ type, text }: ApplicationResponse): string {
  const whole = /json/.test(type) ? messageIn(text) : /^text\/plain/.test(type) ? text : ''
  const line = whole.replace(/[\p{Cc}\s]+/gu, ' ').trim()
  return line.length > maxCharacters ? `${line.slice(0, maxCharacters - 1).toWellFormed()}…` : line
}

/** The first text under one of the names that APIs give to what they say to a person. */
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

/** What came of an action, and which one it was. */
export type ShownOutcome = ActionOutcome & { action: string }

/** More are not kept; the oldest go first. */
const maxOutcomes = 500

/** What came of the actions picked lately, for the page that is shown after each. */
export class RecentOutcomes {
  readonly #outcomes = new Map<string, ShownOutcome>()

  /** @returns what the page's address says to show it */
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
