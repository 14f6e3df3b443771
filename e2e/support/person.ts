import type { Page } from '@playwright/test'
import type { PollJson } from '../../src/api/representation.ts'

export type PersonPoll = PollJson
export type NewPoll = {
  title: string
  description?: string
  category?: string
  optionsOpen?: boolean
  closesAt?: string
  method?: PersonPoll['method']
  resultsVisible?: PersonPoll['resultsVisible']
  timeZone?: string
  anonymous?: boolean
  votesFinal?: boolean
  maxChoices?: number
  optionsModerated?: boolean
  roll?: string[]
  options?: string[]
}

type Call = (method: string, path: string, data?: unknown) => Promise<unknown>

/** A person who uses the JSON API, to prepare a test or to act while a page is open. */
export class Person {
  readonly name: string
  readonly #call: Call

  constructor(name: string, call: Call) {
    this.name = name
    this.#call = call
  }

  createPoll({ options = ['Noodles', 'Soup'], ...poll }: NewPoll): Promise<PersonPoll> {
    return this.#poll('POST', '', { ...poll, options })
  }

  poll(id: string): Promise<PersonPoll> {
    return this.#poll('GET', `/${id}`)
  }

  vote(poll: PersonPoll, title: string): Promise<PersonPoll> {
    return this.#poll('PUT', `/${poll.id}/ballot`, { choices: [optionOf(poll, title).id] })
  }

  /** Casts a ballot with the choices that `choices` makes of the options' ids. */
  cast(poll: PersonPoll, choices: (ids: string[]) => string[]): Promise<PersonPoll> {
    return this.#poll('PUT', `/${poll.id}/ballot`, { choices: choices(poll.options.map(({ id }) => id)) })
  }

  withdraw(poll: PersonPoll): Promise<PersonPoll> {
    return this.#poll('DELETE', `/${poll.id}/ballot`)
  }

  addOption(poll: PersonPoll, title: string): Promise<PersonPoll> {
    return this.#poll('POST', `/${poll.id}/options`, { title })
  }

  renameOption(poll: PersonPoll, from: string, title: string): Promise<PersonPoll> {
    return this.#poll('PATCH', `/${poll.id}/options/${optionOf(poll, from).id}`, { title, isConfirmed: true })
  }

  async comment(poll: PersonPoll, body: string): Promise<void> {
    await this.#call('POST', `/api/polls/${poll.id}/comments`, { body })
  }

  edit(poll: PersonPoll, changes: Partial<NewPoll>): Promise<PersonPoll> {
    return this.#poll('PATCH', `/${poll.id}`, { ...changes, isConfirmed: true })
  }

  close(poll: PersonPoll): Promise<PersonPoll> {
    return this.#poll('PUT', `/${poll.id}/closure`)
  }

  reopen(poll: PersonPoll): Promise<PersonPoll> {
    return this.#poll('DELETE', `/${poll.id}/closure`)
  }

  archive(poll: PersonPoll): Promise<PersonPoll> {
    return this.#poll('PUT', `/${poll.id}/archive`)
  }

  async delete(poll: PersonPoll): Promise<void> {
    await this.#call('DELETE', `/api/polls/${poll.id}`)
  }

  #poll(method: string, path: string, data?: unknown): Promise<PersonPoll> {
    return this.#call(method, `/api/polls${path}`, data) as Promise<PersonPoll>
  }
}

/** Creates a person who never opens a browser. */
export async function newGuest(url: string, name: string): Promise<Person> {
  const { token } = (await call(url)('POST', '/api/guests', { name })) as { token: string }
  return new Person(name, call(url, token))
}

/** Signs the page's visitor in under this name, without opening a page. */
export async function signIn(page: Page, name: string): Promise<Person> {
  await page.context().request.post('/me/name', { form: { _csrf: await csrfToken(page), displayName: name } })
  return personOf(page, name)
}

/** The page's visitor, who has signed in before. */
export async function personOf(page: Page, name: string): Promise<Person> {
  const { request } = page.context()
  const headers = { 'x-csrf-token': await csrfToken(page) }
  return new Person(name, async (method, path, data) => {
    const answer = await request.fetch(path, { method, data, headers })
    if (!answer.ok()) throw new Error(`${method} ${path} answered ${answer.status()}: ${await answer.text()}`)
    return answer.status() === 204 ? undefined : answer.json()
  })
}

async function csrfToken(page: Page): Promise<string> {
  const html = await (await page.context().request.get('/me')).text()
  return /name="csrf-token" content="([^"]+)"/.exec(html)?.[1] ?? ''
}

function call(url: string, token?: string): Call {
  return async (method, path, data) => {
    const answer = await fetch(url + path, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(data !== undefined && { 'content-type': 'application/json' }),
      },
      body: data === undefined ? undefined : JSON.stringify(data),
    })
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${await answer.text()}`)
    return answer.status === 204 ? undefined : answer.json()
  }
}

function optionOf(poll: PersonPoll, title: string): PersonPoll['options'][number] {
  const option = poll.options.find((one) => one.title === title)
  if (!option) throw new Error(`The poll has no option ${title}.`)
  return option
}
