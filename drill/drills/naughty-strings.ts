import strings from 'big-list-of-naughty-strings' with { type: 'json' }
import { DrillResponses } from '../answers.ts'
import { type Drill, type Finding, shown } from '../drill.ts'
import { openFlowdock } from '../flowdock.ts'
import { memoryIsBack, settledMemory } from '../memory.ts'
import { fieldsOf } from '../naughty/fields.ts'
import { faultIn } from '../naughty/page-check.ts'
import { type Filled, fill } from '../naughty/request.ts'
import { NaughtySite } from '../naughty/surroundings.ts'
import { warmUp } from '../others.ts'
import type { ProbeRoute } from '../preload/probe.ts'

/** Coprime to the number of strings, so each string is sent after that many requests. */
const stride = 89
const atOnce = 8
/** The list contains some strings twice. */
const different = new Set(strings).size

export const naughtyStrings: Drill = {
  name: 'naughty-strings',
  title: 'The strings of big-list-of-naughty-strings in every field of every route',
  run: async (site) => {
    const flowdock = await openFlowdock(site)
    const polldock = await site.startPolldock(flowdock.variables)
    await warmUp(polldock)
    const surroundings = await NaughtySite.open(polldock, flowdock)
    const routes = inOrder(await polldock.probe.routes())
    const stringsEach = site.isShort ? 2 : 40
    const sender = new StringSender(polldock.url)
    const sendTo = async (route: ProbeRoute, each: number) => {
      await surroundings.refresh(route)
      await sender.ask(fill(route, header, '*/*', 0, surroundings.known))
      const fields = await fieldsOf(route, polldock, surroundings.known.description, surroundings.known.forms)
      for (const field of fields) {
        await surroundings.refresh(route)
        await sender.send(each, (text, turn) => fill(route, field, text, turn, surroundings.known))
      }
      return fields.length
    }
    // The first pass warms up the process; the second one measures memory.
    if (!site.isShort) for (const route of routes) await sendTo(route, 1)
    const before = await settledMemory(polldock)
    let fields = 0
    for (const route of routes) fields += await sendTo(route, stringsEach)
    return {
      done: `${shown(sender.answers.count)} requests to ${routes.length} routes, ${shown(fields)} fields; ${sender.sent.size} of ${different} strings`,
      findings: [
        {
          promise: 'every request is answered: no 500, no hang, no broken connection',
          found: String(sender.answers),
          kept: sender.answers.areClear && sender.answers.broken === 0 && sender.sent.size === different,
        },
        sender.pages(),
        await memoryIsBack(polldock, before),
      ],
    }
  },
}

const header = { part: 'header', name: 'accept' } as const

/** Routes that take something from the visitor come last. */
function inOrder(routes: ProbeRoute[]): ProbeRoute[] {
  const isTaking = ({ url }: ProbeRoute) => /sign-out|unlink|disconnect$|remove$/.test(url)
  const asked = routes.filter(({ method }) => method !== 'HEAD')
  return [...asked.filter((route) => !isTaking(route)), ...asked.filter(isTaking)]
}

/** Sends requests, and checks the pages in the responses. */
class StringSender {
  readonly answers = new DrillResponses()
  readonly sent = new Set<string>()
  readonly #url: string
  readonly #faults: string[] = []
  #pages = 0
  #turn = 0

  constructor(url: string) {
    this.#url = url
  }

  async send(count: number, request: (text: string, turn: number) => Filled): Promise<void> {
    const turns = Array.from({ length: count }, () => this.#turn++)
    while (turns.length > 0) {
      await Promise.all(
        turns.splice(0, atOnce).map((turn) => {
          const text = strings[(turn * stride) % strings.length] ?? ''
          this.sent.add(text)
          return this.ask(request(text, turn), text)
        }),
      )
    }
  }

  async ask({ method, path, headers, body }: Filled, text = ''): Promise<void> {
    const failures = this.answers.failures
    const answer = await this.answers.send(this.#url + path, { method, headers, body })
    const what = `${method} ${path} ${JSON.stringify(text)} ${body?.slice(0, 200) ?? ''}`
    if (this.answers.failures > failures || !answer) console.error(`${answer?.status ?? 'No answer'}: ${what}`)
    if (!answer?.type.startsWith('text/html')) return
    this.#pages += 1
    const fault = faultIn(answer.text, text)
    if (fault) this.#faults.push(`${what}: ${fault}`)
  }

  pages(): Finding {
    return {
      promise: 'nothing that was sent is unescaped in a page, runs as a script or becomes a handler',
      found: this.#faults.length > 0 ? this.#faults.slice(0, 3).join('; ') : `${shown(this.#pages)} pages read`,
      kept: this.#faults.length === 0 && this.#pages > 0,
    }
  }
}
