/** The placeholder of a request for a voter's token, different in each request. */
export const tokenPlace = '{token}'

/** The placeholder of a request for Flowdock's token, which names a voter as the user of the action in the body. */
export const flowdockTokenPlace = '{flowdock token}'

/** The public URL in the action addresses that Polldock posts. */
export const publicUrl = 'http://polldock.test'

/** The client secret that Polldock and Flowdock share. */
export const clientSecret = 'a secret of the bench'

/** The secret of the bench's voter `index`, for sessions as well as for the API; as long as a real one. */
export function voterToken(index: number): string {
  return `bench${String(index).padStart(38, '0')}`
}

export type Csrf = { cookie: string; token: string }
export type BenchPoll = { id: string; path: string; options: string[] }

/** A signed-in browser's GET. */
export function pageRequest(path: string, csrf: Csrf): string {
  return request('GET', path, { cookie: cookies(csrf), accept: 'text/html' })
}

/** The form of the poll's page, sent with a choice. */
export function formVote({ path, options }: BenchPoll, csrf: Csrf, choice = 0): string {
  return formPost(`${path}/ballot`, csrf, { choice: options[choice % options.length] ?? '' })
}

export function formPost(path: string, csrf: Csrf, fields: Record<string, string>): string {
  const body = new URLSearchParams({ _csrf: csrf.token, ...fields }).toString()
  return request('POST', path, { cookie: cookies(csrf), 'content-type': 'application/x-www-form-urlencoded' }, body)
}

/** A form of a new visitor, without cookies. */
export function strangersPost(path: string, csrf: Csrf, fields: Record<string, string>): string {
  return formPost(path, csrf, fields).replace(/cookie: .*\r\n/, '')
}

/** The form of the poll's page, sent with a choice and a name by a browser that has no session. */
export function newcomersVote({ path, options }: BenchPoll, { cookie, token }: Csrf, choice = 0): string {
  const fields = { _csrf: token, displayName: 'Ada', choice: options[choice % options.length] ?? '' }
  const body = new URLSearchParams(fields).toString()
  return request('POST', `${path}/ballot`, { cookie, 'content-type': 'application/x-www-form-urlencoded' }, body)
}

/** The API's request for a guest with a token. */
export function newGuest(): string {
  return request('POST', '/api/guests', { 'content-type': 'application/json' }, JSON.stringify({ name: 'Ada' }))
}

/** The API's request for a new poll. */
export function newPoll(): string {
  const body = JSON.stringify({ title: 'Where do we eat?', options: ['Noodles', 'Soup', 'Rice'] })
  return request(
    'POST',
    '/api/polls',
    { authorization: `Bearer ${tokenPlace}`, 'content-type': 'application/json' },
    body,
  )
}

/** The JSON API's vote. */
export function jsonVote({ id, options }: BenchPoll, choice = 0, prefix = '/api'): string {
  return jsonBallot(id, [options[choice % options.length] ?? ''], prefix)
}

export function jsonBallot(id: string, choices: string[], prefix = '/api'): string {
  const body = JSON.stringify({ choices })
  const headers = { authorization: `Bearer ${tokenPlace}`, 'content-type': 'application/json' }
  return request('PUT', `${prefix}/polls/${id}/ballot`, headers, body)
}

const person = {
  '@type': 'Person',
  name: 'Ada',
  image: 'https://flowdock.test/ada.png',
  url: 'https://flowdock.test/ada',
}

/** The request that Flowdock sends when a user picks the vote for an option in the poll's thread. */
export function actionVote({ id, options }: BenchPoll, choice = 0): string {
  const path = `/flowdock/actions/polls/${id}/ballot/${options[choice % options.length]}?revision=1`
  const target = { '@type': 'EntryPoint', urlTemplate: `${publicUrl}${path}`, httpMethod: 'POST' }
  const body = JSON.stringify({ '@type': 'UpdateAction', name: 'Vote: Noodles', target, agent: person })
  return request('POST', path, { 'flowdock-token': flowdockTokenPlace, 'content-type': 'application/json' }, body)
}

/** The request of a browser that watches a poll from a revision on. */
export function watchRequest({ id }: BenchPoll, revision: number, csrf: Csrf): string {
  const headers = { cookie: cookies(csrf), accept: 'text/event-stream' }
  return request('GET', `/polls/${id}/stream?since=${revision}`, headers)
}

function cookies({ cookie }: Csrf): string {
  return `polldock=${tokenPlace}; ${cookie}`
}

function request(method: string, path: string, headers: Record<string, string>, body = ''): string {
  const all = { host: '127.0.0.1', ...headers, ...(body && { 'content-length': String(Buffer.byteLength(body)) }) }
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`)
  return `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`
}
