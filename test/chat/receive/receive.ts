import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { Config, Secrets } from '../../../src/config.ts'
import { readOrCreateSecrets } from '../../../src/database/data-dir.ts'
import { pollIdIn } from '../../../src/polls/model/ids.ts'
import { type ChatRequest, type Fixture, ReceiveError, readFixture } from './fixture.ts'

/** What `test/chat/<chat>/receive.ts` exports as `sign`: it makes of a fixture what the chat would send now. */
export type Sign = (fixture: Fixture, server: { config: Config; secrets: Secrets; now: Date }) => Promise<ChatRequest>

export type Received = { request: ChatRequest; status: number; headers: Headers; text: string }

const timeoutMs = 10_000

/**
 * Signs a fixture with the configuration of the server that runs, and sends it to that server.
 *
 * @param poll the address or id of a poll there, for the placeholders of the fixture
 * @throws {ReceiveError}
 */
export async function receive(config: Config, path: string, poll: string | undefined): Promise<Received> {
  const server = addressOf(config)
  const fixture = await readFixture(path, () => placeholdersOf(config, server, poll))
  const sign = await signerOf(fixture.chat)
  const request = await sign(fixture, { config, secrets: await secretsOf(config), now: new Date() })
  const { pathname, search } = new URL(request.url)
  const { method, headers, body } = request
  const response = await answerOf(server, pathname + search, { method, headers, body, redirect: 'manual' })
  return { request, status: response.status, headers: response.headers, text: await response.text() }
}

/** The server on this machine: requests need not pass the proxies in front of it. */
function addressOf({ host, port }: Config): string {
  if (port === 0) throw new ReceiveError('PORT is 0, so the port of the server is not known. Set PORT to its port.')
  const isAny = host === '0.0.0.0' || host === '::'
  return `http://${isAny ? '127.0.0.1' : host.includes(':') ? `[${host}]` : host}:${port}`
}

async function secretsOf({ secrets, dataDir }: Config): Promise<Secrets> {
  if (secrets) return secrets
  if (existsSync(join(dataDir, 'secret'))) return readOrCreateSecrets(dataDir)
  throw new ReceiveError(`There is no secret in ${dataDir}. Start Polldock first, with the same configuration.`)
}

async function signerOf(chat: string): Promise<Sign> {
  const url = new URL(`../${chat}/receive.ts`, import.meta.url)
  if (existsSync(url)) return ((await import(url.href)) as { sign: Sign }).sign
  throw new ReceiveError(`${chat} sends nothing to Polldock, or its test/chat/${chat}/receive.ts is missing.`)
}

const pollAnswer = z.object({ id: z.string(), revision: z.int(), options: z.array(z.object({ id: z.string() })) })

/** `{publicUrl}`, `{poll}`, `{revision}` and `{option1}`, `{option2}` … */
async function placeholdersOf({ publicUrl }: Config, server: string, poll = ''): Promise<Map<string, string>> {
  const id = pollIdIn(
    poll
      .replace(/[?#].*/, '')
      .split('/')
      .at(-1) ?? '',
  )
  if (!id) throw new ReceiveError('The fixture is for a poll. Add its address: npm run chat:receive -- fixture.json …')
  const response = await answerOf(server, `/api/polls/${id}`, {})
  const { data } = pollAnswer.safeParse(response.ok ? await response.json() : undefined)
  if (!data) throw new ReceiveError(`The server has no poll ${id}: it answered ${response.status}.`)
  const options = data.options.map((option, index) => [`option${index + 1}`, option.id] as const)
  return new Map([['publicUrl', publicUrl.origin], ['poll', id], ['revision', String(data.revision)], ...options])
}

async function answerOf(server: string, path: string, request: RequestInit): Promise<Response> {
  try {
    return await fetch(server + path, { ...request, signal: AbortSignal.timeout(timeoutMs) })
  } catch (error) {
    const { message, cause } = error as Error & { cause?: { code?: string } }
    throw new ReceiveError(
      `No Polldock answers at ${server} (${cause?.code ?? message}). Start it, or set HOST and PORT.`,
    )
  }
}
