import { markedName, type PersonName } from '../../../people/model/person-name.ts'
import type { EventFacts, PollEvent } from '../../../polls/model/events.ts'
import type { NonVoters, Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { isActorHidden } from '../../../polls/rules/visibility.ts'
import type { Entry } from '../../chat.ts'
import { jointWords, lastOf, voteRuns } from '../../gathered-votes.ts'
import { editWords, eventWords, guestVotes, maxNamedOptions, movedWords, people, voteWords } from '../../wording.ts'
import { inLines, joined, prose, type RichText, sentence, strong, typed, words } from './rich-text.ts'

const maxNameLength = 60
/** More people are only counted. */
const maxNamed = 5
const listed = new Intl.ListFormat('en-GB')

/** What an entry says in the thread of its poll. */
export function notice({ events, poll, movedAway, nonVoters }: Entry): RichText {
  if (events.length > 1) return votes(events, poll)
  const [{ actor, facts }] = events
  const author = isActorHidden(facts.type, poll) ? undefined : actor
  if (facts.type === 'edited') return edit(author, facts, poll, movedAway)
  if (nonVoters) return reminder(author, nonVoters, poll)
  const said = by(author, sentence(eventWords(facts, poll, maxNamedOptions)))
  const isComment = facts.type === 'commented' || facts.type === 'comment_edited'
  if (isComment && facts.body !== null) return inLines([said, prose(facts.body)])
  return facts.type === 'closed' ? inLines([said, turnout(poll)]) : said
}

function by(author: PersonName | undefined, said: RichText): RichText {
  const name = author ? typed(markedName(author), maxNameLength) : words('Somebody')
  return joined([strong(name), words(' '), said])
}

/** Several votes as one message. */
function votes(events: readonly PollEvent[], poll: Poll): RichText {
  const runs = voteRuns(events)
  const [run, ...others] = runs
  if (run && others.length === 0) {
    const author = poll.anonymous ? undefined : run.person
    const said = by(author, sentence(voteWords(poll, run.from, run.to, maxNamedOptions)))
    return joined([said, words(` (${lastOf(run.events).toLowerCase()})`)])
  }
  const joint = joined([strong(words(people(runs.length))), words(` ${jointWords(runs)}`)])
  if (poll.anonymous) return joint
  const lines = runs
    .slice(0, maxNamed)
    .map(({ person, from, to }) => by(person, sentence(voteWords(poll, from, to, maxNamedOptions))))
  const left = runs.length - lines.length
  return inLines([joint, ...lines, ...(left > 0 ? [words(`and ${people(left, 'more ')}`)] : [])])
}

/** Where the poll leaves the connection by the changes, the first line says so. */
function edit(
  author: PersonName | undefined,
  facts: Extract<EventFacts, { type: 'edited' }>,
  poll: Poll,
  movedAway: boolean,
): RichText {
  const said = movedAway && facts.category ? sentence(movedWords(facts.category)) : words('edited the poll')
  const lines = [...editWords(facts, poll).map(sentence), ...guestVotes(facts).map(words)]
  return inLines([by(author, said), ...lines])
}

/** Names people who have not voted now, and nobody else. */
function reminder(author: PersonName | undefined, { people: count, names }: NonVoters, poll: Poll): RichText {
  const reminded = by(author, words('reminded people to vote'))
  if (poll.status === 'closed') return inLines([reminded, words('This poll is closed.')])
  if (count === 0) return inLines([reminded, words('Meanwhile everybody has voted.')])
  const closes = poll.closesAt ? [words(`The poll closes ${exactTime(poll.closesAt, poll.timeZone)}.`)] : []
  return inLines([by(author, words(`reminds ${people(count)} to vote`)), ...notYet(count, names), ...closes])
}

function notYet(count: number, names: readonly string[]): RichText[] {
  if (names.length === 0) return []
  const others = count - names.length
  const all = [...names.map((name) => typed(name, maxNameLength).text), ...(others > 0 ? [`${others} more`] : [])]
  return [words(`Not voted yet: ${listed.format(all)}.`)]
}

function turnout({ totalVotes, electorate }: Poll): RichText {
  if (electorate === null) return words(`${people(totalVotes)} voted`)
  return words(`${totalVotes.toLocaleString('en')} of ${people(electorate)} voted`)
}
