import { parseGrade } from '../../../polls/model/choices/choice-text.ts'
import { highestScore, optionIdsOf } from '../../../polls/model/choices/choices.ts'
import { shownTitle } from '../../../polls/model/dates.ts'
import { titled } from '../../../polls/model/phrases.ts'
import type { BallotNotice, Choices, Poll } from '../../../polls/model/poll.ts'
import type { PollMethod } from '../../../polls/model/poll-rules.ts'
import type { PollView } from '../../../polls/queries/poll-queries.ts'
import { renamedSince } from '../../../polls/rules/managing/renaming.ts'
import { mayWithdraw } from '../../../polls/rules/permissions.ts'
import type { ViewContext } from '../../../server/views.ts'
import { answersInOrder } from '../dates/answers-model.ts'
import type { PollModel } from '../poll-model.ts'
import type { BallotButtons } from './save-button.ts'
import type { OwnStatusPart, VoteStatus } from './vote-status.ts'

/**
 * A ballot that was not cast: its options, their points, answers or places by option id, and the revision of its page.
 * The page asks whether to cast `asked` for good.
 */
export type TypedBallot = {
  optionIds: readonly string[]
  grades: ReadonlyMap<string, string>
  places: ReadonlyMap<string, string>
  shownRevision?: number
  asked?: Choices
}

/** The viewer's own ballot for rankings, points and dates. */
export function ownBallotModel(view: PollView, typed?: TypedBallot) {
  return {
    ranking: rankingModel(view, typed),
    scores: scoresModel(view, typed),
    dates: datesModel(view, typed),
    isUnsaved: typed !== undefined,
  }
}

/** All options with their places: the ranked ones in the viewer's order, then the others in the poll's order. */
function rankingModel({ poll, choices }: PollView, typed: TypedBallot | undefined) {
  const { method, options, votesFinal } = poll
  if (method !== 'ranked') return undefined
  const mine = choices.flatMap(({ optionId }) => options.filter(({ id }) => id === optionId))
  const settled = votesFinal ? mine.length : 0
  const sorted = [...mine, ...options.filter((option) => !mine.includes(option))]
  return {
    isFinal: votesFinal,
    places: options.slice(settled).map((_, index) => settled + index + 1),
    options: sorted.map(({ id, title }, index) => {
      const isSettled = index < settled
      const place = index < mine.length ? String(index + 1) : ''
      return { id, title, isSettled, place: isSettled ? place : (typed?.places.get(id) ?? place) }
    }),
  }
}

/** All options with the points on the viewer's ballot. */
function scoresModel(view: PollView, typed: TypedBallot | undefined) {
  if (view.poll.method !== 'score') return undefined
  const { choices } = view
  return {
    highest: highestScore,
    gaveNothing: choices.length > 0 && choices.every(({ grade }) => grade === 0),
    options: gradedOptions(view, typed).map(({ grade: points, ...option }) => ({ ...option, points })),
  }
}

/** All dates with the answers on the viewer's ballot. */
function datesModel(view: PollView, typed: TypedBallot | undefined) {
  const { poll } = view
  if (poll.method !== 'dates') return undefined
  return {
    timeZone: poll.timeZone ?? 'UTC',
    answers: answersInOrder,
    options: gradedOptions(view, typed).map(({ grade, ...option }) => ({
      ...option,
      ...titled(poll, option.title),
      said: grade,
    })),
  }
}

/**
 * All options with their points or answers: as sent if the ballot was refused, else as saved. An answer to an old title
 * does not count: that option is asked again (`isRenamed`).
 */
function gradedOptions({ poll, choices }: PollView, typed: TypedBallot | undefined) {
  const saved = new Map(choices.map(({ optionId, grade }) => [optionId, grade]))
  const renamed = typed ? renamedSince(poll, typed.shownRevision).map(({ id }) => id) : []
  return poll.options.map(({ id, title }) => {
    const isRenamed = renamed.includes(id)
    const isSettled = poll.votesFinal && saved.has(id)
    const sent = typed?.grades.get(id)
    const typedGrade = sent === undefined ? undefined : parseGrade(sent)
    // The form sends an empty field for an option that is left out.
    const isKept = (sent === '' || typedGrade !== undefined) && !isSettled && !isRenamed
    const grade = isKept ? typedGrade : saved.get(id)
    return { id, title, grade, isSettled, isRenamed }
  })
}

export type BallotNoticePart = { poll: Pick<PollModel, 'isOpen'>; notice?: BallotNotice | undefined }

/** What goes with the button that casts the vote. Undefined if the poll's ballot is more than a choice of options. */
export function castModel(poll: Poll, choices: Choices) {
  const { method, maxChoices, votesFinal } = poll
  if (method !== 'single_choice' && method !== 'multiple_choice') return undefined
  const isSingle = method === 'single_choice'
  const hasVoted = choices.length > 0
  return {
    isOffered: !(isSingle && votesFinal && hasVoted),
    max: isSingle ? undefined : (maxChoices ?? undefined),
    canWithdraw: mayWithdraw(poll, choices),
    isEmptyVoteWithdrawal: hasVoted && !votesFinal,
    /** Browsers do not send the disabled boxes of final choices. */
    settled: !isSingle && votesFinal ? optionIdsOf(choices) : [],
  }
}

/** What the creator did to the viewer's ballot. */
export function noticeModel({ poll, notice }: PollView): BallotNotice | undefined {
  return notice?.kind === 'option_removed' ? { ...notice, title: shownTitle(poll, notice.title) } : notice
}

type OwnBallot = ReturnType<typeof ownBallotModel>
type BallotPart = OwnStatusPart & BallotButtons & { poll: PollModel; choices: readonly string[] }
export type CastPart = ViewContext &
  BallotButtons & {
    cast: NonNullable<ReturnType<typeof castModel>>
    choices: readonly string[]
    voteStatus: VoteStatus | undefined
    refusal: string | undefined
  }
export type RankingPart = BallotPart & Pick<OwnBallot, 'isUnsaved'> & { ranking: NonNullable<OwnBallot['ranking']> }
export type ScoresPart = BallotPart & Pick<OwnBallot, 'isUnsaved'> & { scores: NonNullable<OwnBallot['scores']> }
export type DatesPart = BallotPart &
  BallotNoticePart &
  Pick<OwnBallot, 'isUnsaved'> & { dates: NonNullable<OwnBallot['dates']> }

const ballotScripts: Record<PollMethod, string[]> = {
  single_choice: ['ballot/choices.js'],
  multiple_choice: ['ballot/choices.js'],
  score: ['ballot/own-ballot.js'],
  ranked: ['ballot/ranking.js'],
  dates: ['ballot/own-ballot.js'],
}

export function scriptsFor(poll: Poll): string[] {
  return ['poll/live.js', 'poll/add-option.js', ...ballotScripts[poll.method]]
}
