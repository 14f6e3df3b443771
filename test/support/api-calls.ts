/** Uses the JSON API of a Polldock process over the network. */
export type Guest = { id: string; token: string }
export type ApiPoll = { id: string; options: { id: string }[] }
export type LoggedEvent = {
  revision: number
  at: string
  type: string
  actor: { id: string; name: string; isGuest: boolean }
  facts: { choices?: string[]; to?: string[] }
}

export async function createGuest(url: string, name: string): Promise<Guest> {
  const { person, token } = await call(`${url}/api/guests`, 'POST', { name })
  return { id: person.id, token }
}

type ApiRequest = { category?: string; closesAt?: string }

export function createPoll(url: string, { token }: Guest, asked: ApiRequest = {}): Promise<ApiPoll> {
  const poll = { title: 'Lunch?', options: ['Pizza', 'Sushi', 'Falafel'], ...asked }
  return call(`${url}/api/polls`, 'POST', poll, token)
}

/** @returns whether the vote was answered: false when the server is gone */
export async function vote(url: string, { id }: ApiPoll, { token }: Guest, choice: string): Promise<boolean> {
  try {
    await call(`${url}/api/polls/${id}/ballot`, 'PUT', { choices: [choice] }, token)
    return true
  } catch (error) {
    // What `fetch` throws when the connection breaks.
    if (error instanceof TypeError) return false
    throw error
  }
}

/** The votes of each option, in their order. */
export async function resultsOf(url: string, { id }: ApiPoll): Promise<number[]> {
  const { options } = await call(`${url}/api/polls/${id}`, 'GET')
  return options.map(({ votes }: { votes: number }) => votes)
}

/** The whole log. */
export async function eventsOf(url: string, { id }: ApiPoll): Promise<LoggedEvent[]> {
  const events: LoggedEvent[] = []
  let after: number | null = 0
  while (after !== null) {
    const page = await call(`${url}/api/polls/${id}/events?after=${after}&limit=100`, 'GET')
    events.push(...page.events)
    after = page.next
  }
  return events
}

async function call(url: string, method: string, body?: object, token?: string) {
  const headers = {
    ...(body && { 'content-type': 'application/json' }),
    ...(token && { authorization: `Bearer ${token}` }),
  }
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) })
  if (!response.ok) throw new Error(`${method} ${url} was answered ${response.status}: ${await response.text()}`)
  return response.json()
}
