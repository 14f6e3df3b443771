import { isRightToLeft } from '../../polls/model/direction.ts'
import type { PollModel } from '../poll/poll-model.ts'

/** What the picture of a poll shows: nothing that depends on the reader or on the time. */
export type Picture = {
  title: Written
  status: string
  isOpen: boolean
  options: (Written & { bar: Bar | undefined })[]
  /** Below the options: how many are left out. */
  more: string
  votes: string
}

/** A text, and whether it is written from right to left. */
export type Written = { text: string; isRightToLeft: boolean }
type Bar = { percent: number; share: string; leads: boolean }

const maxOptions = 5

/** @param poll as somebody sees it who has not voted: results that are hidden from them are not in it */
export function pictureOf(poll: PollModel): Picture {
  const shown = poll.options.slice(0, maxOptions)
  const left = poll.options.length - shown.length
  return {
    title: written(poll.title),
    status: [poll.isOpen ? 'Open' : 'Closed', ...(poll.anonymous ? ['Anonymous'] : [])].join(' · '),
    isOpen: poll.isOpen,
    options: shown.map(({ title, ...option }) => ({
      ...written(title),
      bar: poll.totalVotes > 0 && option.count !== undefined ? barOf(option) : undefined,
    })),
    more: left > 0 ? `and ${left} more` : '',
    votes: poll.votes,
  }
}

function barOf({ percent, share, leads }: Bar): Bar {
  return { percent: Math.min(percent, 100), share, leads }
}

function written(text: string): Written {
  return { text, isRightToLeft: isRightToLeft(text) }
}
