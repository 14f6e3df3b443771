import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { type Fault, faultInput } from '../faults/fault.ts'
import { maxFaults } from '../faults/faults.ts'
import { changing, field } from './forms.ts'
import type { SandboxPage, SandboxWebOptions } from './page.ts'

const kinds: Record<Fault['kind'], string> = {
  status: 'Answers with a status without performing the request',
  hang: 'Never answers or performs the request',
  close: 'Closes the connection without performing the request',
  reset: 'Resets the connection without performing the request',
  slow: 'Answers late',
  'lose-reply': 'Performs the request, then loses the reply',
}

export type FaultsPageModel = SandboxPage & {
  kinds: [kind: string, label: string][]
  faults: string[]
  errors: string[]
  typed: typeof freshFault
}

/** The initial values of the form. */
const freshFault = {
  kind: 'status',
  status: '500',
  retryAfter: '',
  ms: '2000',
  times: '1',
  share: '100',
  method: '',
  path: '/',
}

declare module './page.ts' {
  interface Views {
    faults: FaultsPageModel
  }
}

/** The labels of the form's fields, for error messages. */
const labels: Record<string, string> = {
  kind: 'What happens',
  status: 'Status',
  retryAfter: 'Retry-After',
  ms: 'Delay',
  path: 'Path begins with',
  method: 'Method',
  times: 'How many requests',
  share: 'Share',
}

/** The page that adds and clears faults. */
export async function faultForm(app: FastifyInstance, { faults, showPage }: SandboxWebOptions): Promise<void> {
  app.get('/app/faults', (request, reply) => show(request, reply, [], freshFault))

  app.post('/app/faults', changing(app), async (request, reply) => {
    const { data, error } = faultInput.safeParse(inputOf(request))
    const isFull = faults.list().length >= maxFaults
    if (!data) return show(request, reply.code(422), error.issues.map(problem), typedIn(request))
    if (isFull) return show(request, reply.code(422), [`There are ${maxFaults} faults already.`], typedIn(request))
    faults.add(data)
    return reply.redirect('/app/faults', 303)
  })

  app.post('/app/faults/clear', changing(app), async (_request, reply) => {
    faults.clear()
    return reply.redirect('/app/faults', 303)
  })

  function show(request: FastifyRequest, reply: FastifyReply, errors: string[], typed: typeof freshFault) {
    const shown = { kinds: Object.entries(kinds), faults: faults.list().map(described), errors, typed }
    return showPage(request, reply, 'faults', { title: 'Faults', ...shown })
  }
}

function typedIn({ body }: FastifyRequest): typeof freshFault {
  const sent = Object.entries(body ?? {}).filter(([name]) => Object.hasOwn(freshFault, name))
  return { ...freshFault, ...Object.fromEntries(sent.map(([name, value]) => [name, String(value)])) }
}

/** The form's values as a `FaultInput`. Fields of other kinds of faults are ignored. */
function inputOf(request: FastifyRequest): Record<string, unknown> {
  const kind = field(request, 'kind')
  const number = (name: string) => (field(request, name) === '' ? undefined : Number(field(request, name)))
  const share = number('share')
  return {
    kind,
    ...(kind === 'status' && { status: number('status'), retryAfter: number('retryAfter') }),
    ...(kind === 'slow' && { ms: number('ms') }),
    path: field(request, 'path') || undefined,
    method: field(request, 'method') || undefined,
    times: number('times'),
    share: share === undefined ? undefined : share / 100,
  }
}

function problem({ path: [name], message }: z.core.$ZodIssue): string {
  return `${labels[String(name)] ?? 'The fault'}: ${message}`
}

function described(fault: Fault): string {
  const { method, path, times, share } = fault
  const requests = [method, path === '/' ? 'any path' : path].filter(Boolean).join(' ')
  const howOften = [
    times === undefined ? 'until cleared' : times === 1 ? 'once' : `${times} times`,
    share < 1 ? `for ${Math.round(share * 100)}% of the requests` : '',
  ]
  return `${requests}: ${effect(fault)}, ${howOften.filter(Boolean).join(', ')}`
}

function effect(fault: Fault): string {
  if (fault.kind === 'slow') return `is answered ${fault.ms} ms late`
  if (fault.kind !== 'status') return effects[fault.kind]
  const retryAfter = fault.retryAfter === undefined ? '' : ` with Retry-After ${fault.retryAfter}`
  return `is answered ${fault.status}${retryAfter}`
}

const effects = {
  hang: 'is never answered',
  close: 'finds the connection closed',
  reset: 'finds the connection reset',
  'lose-reply': 'takes effect, but its reply is lost',
}
