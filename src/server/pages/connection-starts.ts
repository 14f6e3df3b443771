import { type ConnectionStart, connectionStarts } from '../../chat/connections/connections.ts'
import { isolated } from '../../polls/model/direction.ts'
import { categoryKey } from '../../polls/model/keys.ts'
import type { ViewContext } from '../views.ts'
import { namedCategories, type TypedSettings } from './connection-form.ts'

/** How a connection can start, with what each choice posts now, and for which polls that is. */
export type StartsModel = {
  choices: { start: ConnectionStart; label: string; posts: string; isChosen: boolean }[]
  /** The polls that are posted now if every open poll is, as in "2 open polls (only Food)". */
  open: string
}
/** Open and listed polls: in all, and by the key of their category. */
export type OpenCounts = { total: number; byCategory: ReadonlyMap<string, number> }

type ChosenPolls = Pick<TypedSettings, 'which' | 'categories' | 'others'>

export type StartsPart = ViewContext & { starts: StartsModel }

const labels: Record<ConnectionStart, string> = {
  'new-polls': 'Only new polls',
  now: 'New polls, and open polls with their next change',
  'open-polls': 'Every open poll, posted once as it stands now',
}

/** Polls that are not listed are never posted, so `open` leaves them out. */
export function startsModel(typed: TypedSettings & { start: ConnectionStart }, open: OpenCounts): StartsModel {
  const count = openAmong(typed, open)
  const which = openInWords(typed, count)
  const posts: Record<ConnectionStart, string> = {
    'new-polls': 'posts nothing now',
    now: count === 0 ? `posts nothing now: ${which}` : `posts nothing now, and follows ${which}`,
    'open-polls': count === 0 ? `posts nothing now: ${which}` : `posts ${which} now`,
  }
  const choices = connectionStarts.map((start) => ({
    ...{ start, label: labels[start], posts: posts[start] },
    isChosen: start === typed.start,
  }))
  return { choices, open: which }
}

/** How many open polls are in the chosen categories. */
export function openAmong(typed: ChosenPolls, open: OpenCounts): number {
  if (typed.which === 'all') return open.total
  const keys = new Set(namedCategories(typed).map(categoryKey))
  return [...keys].reduce((sum, key) => sum + (open.byCategory.get(key) ?? 0), 0)
}

/** The chosen polls are in the words of the form, so the number stays right when a reader chooses others. */
export function openInWords(typed: ChosenPolls, count: number): string {
  return `${count === 0 ? 'no' : count.toLocaleString('en')} open poll${count === 1 ? '' : 's'} (${scope(typed)})`
}

const maxNamed = 3
const maxNameLength = 40

function scope(typed: ChosenPolls): string {
  if (typed.which === 'all') return 'in all categories'
  const names = [...new Map(namedCategories(typed).map((name) => [categoryKey(name), name])).values()]
  if (names.length === 0) return 'no category'
  if (names.length > maxNamed) return `only these ${names.length} categories`
  return `only ${names.map((name) => isolated([...name].slice(0, maxNameLength).join(''))).join(', ')}`
}
