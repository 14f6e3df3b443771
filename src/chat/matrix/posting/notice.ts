import { markedName, type PersonName } from '../../../people/model/person-name.ts'
import type { EventFacts, PollEvent } from '../../../polls/model/events.ts'
import type { NonVoters, Poll } from '../../../polls/model/poll.ts'
import { exactTime } from '../../../polls/model/text-format.ts'
import { isActorHidden } from '../../../polls/rules/visibility.ts'
import type { Entry } from '../../chat.ts'
import { jointWords, lastOf, voteRuns } from '../../gathered-votes.ts'
import { editLines, editTitle, namedRuns, notVotedYet, turnout } from '../../thread-words.ts'
import { eventWords, maxNamedOptions, people, voteWords } from '../../wording.ts'
import { inLines, joined, prose, type RichText, sentence, strong, typed, words } from './rich-text.ts'

const maxNameLength = 60

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
  return facts.type === 'closed' ? inLines([said, words(turnout(poll))]) : said
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
  const { named, unnamed } = namedRuns(runs)
  const lines = named.map(({ person, from, to }) => by(person, sentence(voteWords(poll, from, to, maxNamedOptions))))
  return inLines([joint, ...lines, ...unnamed.map(words)])
}

function edit(
  author: PersonName | undefined,
  facts: Extract<EventFacts, { type: 'edited' }>,
  poll: Poll,
  movedAway: boolean,
): RichText {
  return inLines([by(author, sentence(editTitle(facts, movedAway))), ...editLines(facts, poll).map(sentence)])
}

/** Names people who have not voted now, and nobody else. */
function reminder(author: PersonName | undefined, nonVoters: NonVoters, poll: Poll): RichText {
  const { people: count } = nonVoters
  const reminded = by(author, words('reminded people to vote'))
  if (poll.status === 'closed') return inLines([reminded, words('This poll is closed.')])
  if (count === 0) return inLines([reminded, words('Meanwhile everybody has voted.')])
  const closes = poll.closesAt ? [words(`The poll closes ${exactTime(poll.closesAt, poll.timeZone)}.`)] : []
  const notYet = notVotedYet(nonVoters, (name) => typed(name, maxNameLength).text).map(words)
  return inLines([by(author, words(`reminds ${people(count)} to vote`)), ...notYet, ...closes])
}
