import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SeenResponse } from '../../../../src/chat/matrix/native/counting.ts'
import { type NativeBallot, planSync, type SyncStep } from '../../../../src/chat/matrix/native/plan-sync.ts'

const options = ['a', 'b', 'c', 'd']
/** By person, their accounts. Nobody here has the account of Zed. */
const people = { ann: ['@ann:x'], ben: [], cem: ['@cem:x', '@cem:y'] }
type Name = keyof typeof people
const names = Object.keys(people) as Name[]
const accounts = [...Object.values(people).flat(), '@zed:x']

const answers = fc.oneof(
  { weight: 5, arbitrary: fc.subarray(options) },
  { weight: 1, arbitrary: fc.array(fc.constantFrom(...options, 'unknown'), { maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constant(null) },
)

/** What happens on the web, and in the room. Clocks of homeservers differ. */
const happening = fc.oneof(
  fc.record({
    type: fc.constant('web vote' as const),
    by: fc.constantFrom(...names),
    choices: fc.subarray(options, { minLength: 1 }),
  }),
  fc.record({ type: fc.constant('withdrawal' as const), by: fc.constantFrom(...names) }),
  fc.record({
    ...{ type: fc.constant('response' as const), by: fc.constantFrom(...accounts), answers },
    ...{ skew: fc.integer({ min: -3, max: 3 }), isPending: fc.boolean() },
  }),
  fc.record({ type: fc.constant('moderation' as const), which: fc.nat(20) }),
  fc.constant({ type: 'handling' as const }),
  // Polldock is killed after this many steps.
  fc.record({ type: fc.constant('sync' as const), steps: fc.option(fc.nat(4)) }),
  fc.constant({ type: 'closing' as const }),
)

type Happening = typeof happening extends fc.Arbitrary<infer One> ? One : never

/** A poll with its ballots, and a room with its responses. */
class World {
  readonly max: number
  responses: SeenResponse[] = []
  readonly ballots = new Map<Name, NativeBallot>()
  readonly pending = new Set<string>()
  endsAt: number | undefined
  #now = 100
  #events = 0

  constructor(max: number) {
    this.max = max
  }

  happen(what: Happening): void {
    if (this.#events % 3 === 2) this.#now += 1
    if (what.type === 'web vote') this.#vote(what.by, what.choices.slice(0, this.max))
    if (what.type === 'withdrawal') this.#vote(what.by, [])
    if (what.type === 'moderation') this.responses.splice(what.which % Math.max(this.responses.length, 1), 1)
    if (what.type === 'handling') this.handleAll()
    if (what.type === 'sync') this.take(this.plan().flat(), what.steps ?? undefined)
    if (what.type === 'closing') this.endsAt ??= this.#now
    if (what.type !== 'response') return
    const response = this.#add(what.by, this.#now + what.skew, what.answers)
    if (what.isPending) this.pending.add(response.id)
    else this.#handle(response)
  }

  handleAll(): void {
    for (const response of this.responses.filter(({ id }) => this.pending.has(id))) this.#handle(response)
    this.pending.clear()
  }

  plan(): SyncStep[][] {
    return planSync({
      frame: { answers: new Set(options), max: this.max, endsAt: this.endsAt },
      responses: this.responses.toReversed(),
      ballots: [...this.ballots.values()],
      isHandled: ({ id }) => !this.pending.has(id),
      isOurs: (account) => account.startsWith('@ghost'),
      ghostOf,
    })
  }

  take(steps: SyncStep[], most = steps.length): void {
    for (const step of steps.slice(0, most)) {
      if (step.kind === 'respond') this.#add(ghostOf(step.person.id), step.ts, step.answers)
      else this.responses = this.responses.filter(({ id }) => id !== step.response)
    }
  }

  #add(sender: string, ts: number, given: readonly string[] | null): SeenResponse {
    this.#events += 1
    const response = { id: `$${this.#events}`, sender, ts, answers: given }
    this.responses.push(response)
    return response
  }

  /** Of too many answers, the first count. Malformed ones, and those of people without a vote here, are refused. */
  #handle({ sender, answers: given }: SeenResponse): void {
    const by = names.find((name) => (people[name] as string[]).includes(sender))
    const cut = given?.slice(0, this.max)
    if (!by || !cut || new Set(cut).size < cut.length || !given?.every((id) => options.includes(id))) return
    this.#vote(by, cut)
  }

  #vote(by: Name, choices: string[]): void {
    if (this.endsAt !== undefined) return
    if (choices.length === 0) this.ballots.delete(by)
    else this.ballots.set(by, { person: { id: by, name: by }, accounts: people[by], answers: choices, at: this.#now })
  }
}

const ghostOf = (person: string) => `@ghost_${person}:x`

type Client = { ofEqualTimes: 'first' | 'last'; spoils: boolean; cuts: boolean }
/** matrix-js-sdk live, and with the room's history loaded; FluffyChat. */
const clients: Client[] = [
  { ofEqualTimes: 'first', spoils: true, cuts: true },
  { ofEqualTimes: 'last', spoils: true, cuts: true },
  { ofEqualTimes: 'last', spoils: false, cuts: false },
]

function countedBy({ ofEqualTimes, spoils, cuts }: Client, { responses, max, endsAt = Infinity }: World): string[] {
  const last = new Map<string, SeenResponse>()
  for (const response of responses.filter(({ ts }) => ts <= endsAt)) {
    const before = last.get(response.sender)?.ts ?? -Infinity
    const isLast = ofEqualTimes === 'first' ? response.ts > before : response.ts >= before
    if (isLast) last.set(response.sender, response)
  }
  return [...last.values()].flatMap(({ answers: given }) => {
    const known = (given ?? []).filter((id) => options.includes(id))
    if (spoils && known.length !== given?.length) return []
    return cuts ? known.slice(0, max) : known
  })
}

const sortedVotes = (votes: readonly string[]) => votes.toSorted()
const ballotsOf = ({ ballots }: World) => sortedVotes([...ballots.values()].flatMap((ballot) => ballot.answers))

test('after any votes in the room and on the web, and syncs that were interrupted, all clients count the ballots', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3 }), fc.array(happening, { maxLength: 25 }), (max, happenings) => {
      const world = new World(max)
      for (const one of happenings) world.happen(one)
      world.handleAll()
      world.take(world.plan().flat())
      for (const client of clients) expect(sortedVotes(countedBy(client, world))).toEqual(ballotsOf(world))
      expect(world.plan()).toEqual([])
    }),
    { numRuns: 2_000 },
  )
})

test('nothing is sent for a person with a response that is not handled', () => {
  const vote: Happening = { type: 'web vote', by: 'cem', choices: ['b'] }
  const pending: Happening = { type: 'response', by: '@cem:x', answers: ['a'], skew: 0, isPending: true }
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 25 }), (happenings) => {
      const world = new World(2)
      for (const one of [...happenings, vote]) world.happen(one)
      fc.pre(world.ballots.has('cem'))
      world.happen(pending)
      const own = world.responses.filter(({ sender }) => [...people.cem, ghostOf('cem')].includes(sender))
      const ids = own.map(({ id }) => id)
      const isAboutCem = (step: SyncStep) =>
        step.kind === 'redact' ? ids.includes(step.response) : step.person.id === 'cem'
      expect(world.plan().flat().filter(isAboutCem)).toEqual([])
    }),
  )
})

test('a vote in the room stays until it is changed on the web, and then no earlier vote counts again', () => {
  const world = new World(1)
  for (const [answer, skew] of [
    ['a', 1],
    ['b', 2],
  ] as const)
    world.happen({ type: 'response', by: '@ann:x', answers: [answer], skew, isPending: false })
  expect(world.plan()).toEqual([])
  world.happen({ type: 'web vote', by: 'ann', choices: ['c'] })
  expect(world.plan()).toMatchObject([
    [
      { kind: 'redact', response: '$1' },
      { kind: 'redact', response: '$2' },
      { kind: 'respond', person: { id: 'ann' }, answers: ['c'], ts: world.ballots.get('ann')?.at },
    ],
  ])
})
