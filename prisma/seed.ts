// npm run seed: creates a realistic demo, ten polls with votes and comments, through the same write path as real
// ones.
import { readFile } from 'node:fs/promises'
import { configFromProcess } from '../src/config.ts'
import type { PersonName } from '../src/people/model/person-name.ts'
import type { BallotBox } from '../src/polls/ballot-box/ballot-box.ts'
import { chosen } from '../src/polls/model/choices/choices.ts'
import { newOptionId, newPollId } from '../src/polls/model/ids.ts'
import type { PollMethod } from '../src/polls/model/poll-rules.ts'
import { openServices } from '../src/services.ts'

type DemoPoll = {
  title: string
  description: string
  category?: string
  options: string[]
  method?: PollMethod
  /** The index of each voter's choice, or of each of their choices, in the order of the people. */
  votes: (number | number[])[]
  comments: string[]
  added?: string
  /** The number of days until the closing time. */
  closesIn?: number
  closed?: boolean
}

const demo: { people: string[]; polls: DemoPoll[] } = JSON.parse(
  await readFile(new URL('demo.json', import.meta.url), 'utf8'),
)

/** The clock of the demo: it starts nine days ago and advances with each event. */
let now = Date.now() - 9 * 86_400_000
const { services, close } = await openServices(configFromProcess(), () => new Date(now))
const steps = demo.polls.reduce((sum, { votes, comments }) => sum + votes.length + comments.length + 3, 0)
const stride = (Date.now() - now) / (steps + 1)
const later = () => {
  now += stride
}

const people: PersonName[] = []
for (const name of demo.people) people.push(await services.people.createGuest(name))
for (const [index, poll] of demo.polls.toReversed().entries()) await seed(services.ballotBox, poll, index)
await close()
console.log(`Seeded ${demo.polls.length} polls by ${people.length} people.`)

async function seed(box: BallotBox, poll: DemoPoll, index: number): Promise<void> {
  const person = (place: number) => people[(place + index) % people.length] as PersonName
  const pollId = newPollId()
  const options = poll.options.map((title) => ({ id: newOptionId(), title }))
  const { title, description, category = '', method, closesIn } = poll
  const closesAt = closesIn ? new Date(Date.now() + closesIn * 86_400_000).toISOString() : null
  await box.submit({
    pollId,
    command: {
      type: 'create',
      by: person(0),
      title,
      description,
      category,
      method,
      optionsOpen: true,
      closesAt,
      options,
    },
  })
  for (const [place, choice] of poll.votes.entries()) {
    later()
    const choices = chosen([choice].flat().map((index) => options[index]?.id ?? ''))
    await box.submit({ pollId, command: { type: 'castVote', by: person(place), choices } })
    const body = poll.comments[place]
    if (body) await box.submit({ pollId, command: { type: 'comment', by: person(place + 3), body } })
  }
  later()
  if (poll.added) {
    const option = { id: newOptionId(), title: poll.added }
    await box.submit({ pollId, command: { type: 'addOption', by: person(4), option } })
  }
  if (poll.closed) await box.submit({ pollId, command: { type: 'close', by: person(0) } })
}
