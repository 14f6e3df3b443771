import { markedName, type PersonName } from '../../../people/model/person-name.ts'
import type { EventFacts, PollEvent } from '../../../polls/model/events.ts'
import type { Poll } from '../../../polls/model/poll.ts'
import { isActorHidden } from '../../../polls/rules/visibility.ts'
import type { ChatProfile, Entry } from '../../chat.ts'
import { jointWords, lastOf, voteRuns } from '../../gathered-votes.ts'
import { bodySentenceHtml, plain, proseHtml, sentenceHtml } from '../../html.ts'
import { editLines, editTitle } from '../../thread-words.ts'
import { eventWords, maxNamedOptions, people } from '../../wording.ts'
import { digest } from './digest.ts'
import { firstMessage } from './first-message.ts'
import { reminder } from './reminder.ts'
import { type FlowdockThread, threadOf } from './thread.ts'
import { jointBody, voteTitle } from './votes.ts'

/**
 * The body of `POST /messages` without the token. `title` continues the author's name; `title` and `body` are HTML.
 *
 * @see https://github.com/flowdock/api-docs/blob/master/docs/message-types.md#activity
 */
export type Message = Said & { uuid: string; external_thread_id: string; thread: FlowdockThread }

type Said = { event: 'activity' | 'discussion'; author: Author; title: string; body?: string }
type Author = { name: string; avatar?: string }

/** @param publicUrl the public URL of Polldock, for links */
export function message(entry: Entry, publicUrl: URL): Message {
  const { uuid, poll, movedAway } = entry
  const thread = threadOf(poll, movedAway, publicUrl)
  return { uuid, ...said(entry, publicUrl), external_thread_id: `polldock:poll:${poll.id}`, thread }
}

function said({ events, poll, profiles, movedAway, isRead, nonVoters }: Entry, publicUrl: URL): Said {
  if (events.length > 1) return votes(events, poll, profiles)
  const [{ actor, facts }] = events
  const author = isActorHidden(facts.type, poll) ? somebody : authorOf(actor, profiles)
  if (facts.type === 'edited') return { event: 'activity', author, ...edit(facts, poll, movedAway) }
  if (nonVoters) return { event: 'activity', author, ...reminder(poll, nonVoters, publicUrl) }
  if (facts.type === 'created') return { event: 'activity', author, ...firstMessage(poll, isRead, publicUrl) }
  const title = sentenceHtml(eventWords(facts, poll, maxNamedOptions))
  const isComment = facts.type === 'commented' || facts.type === 'comment_edited'
  if (isComment && facts.body !== null) return { event: 'discussion', author, title, body: proseHtml(facts.body) }
  const body = facts.type === 'closed' ? digest(poll) : undefined
  return { event: 'activity', author, title, ...(body && { body }) }
}

/** The changes are lines of the body. */
function edit(facts: Extract<EventFacts, { type: 'edited' }>, poll: Poll, movedAway: boolean) {
  const title = sentenceHtml(editTitle(facts, movedAway))
  return { title, body: editLines(facts, poll).map(bodySentenceHtml).join('<br>') }
}

/** Several votes as one activity. */
function votes(events: readonly PollEvent[], poll: Poll, profiles: Entry['profiles']): Said {
  const runs = voteRuns(events)
  const [run, ...others] = runs
  if (!run || others.length > 0) {
    const joint = { event: 'activity', author: { name: people(runs.length) }, title: jointWords(runs) } as const
    return poll.anonymous ? joint : { ...joint, body: jointBody(runs, poll) }
  }
  return {
    event: 'activity',
    author: poll.anonymous ? somebody : authorOf(run.person, profiles),
    title: voteTitle(poll, run.from, run.to),
    body: lastOf(run.events),
  }
}

const somebody: Author = { name: 'Somebody' }

/** The person's name in Polldock, guests marked, with the picture of their Flowdock account. */
function authorOf(person: PersonName, profiles: ReadonlyMap<string, ChatProfile>): Author {
  const avatarUrl = profiles.get(person.id)?.avatarUrl ?? ''
  return { name: plain(markedName(person)), ...(/^https?:\/\//i.test(avatarUrl) && { avatar: avatarUrl }) }
}
