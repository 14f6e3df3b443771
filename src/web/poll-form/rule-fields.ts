import type { Poll } from '../../polls/model/poll.ts'
import {
  type FlagRule,
  flagRules,
  type NumberRule,
  numberRules,
  pollMethods,
  resultsVisibilities,
} from '../../polls/model/poll-rules.ts'
import { problemWithChange, whyAnonymityStays } from '../../polls/rules/editing/rule-changes.ts'
import { type Fields, type FormErrors, list, type SavedPart } from '../../server/pages/forms.ts'
import { numberIn, type TypedPoll } from './poll-form.ts'
import { methodLabels, numberHints, ruleLabels, visibilityLabels } from './rule-labels.ts'

type RuleHere = Exclude<keyof typeof ruleLabels, 'anonymous'>

/** A rule in the edit form: a field, or its value with the reason why it stays. */
export type RuleField = { name: RuleHere | 'anonymous'; label: string } & (
  | { kind: 'number'; name: NumberRule; hint: string }
  | { kind: 'flag' }
  | { kind: 'choice'; values: { value: string; label: string }[] }
  | { kind: 'fixed'; value: string; why: string }
)

/** `path` is that of the poll's page. */
export type RuleChangesPart = Pick<SavedPart, 'saved'> & {
  rules: RuleField[]
  typed: TypedPoll
  errors: FormErrors
  path: string
}

const order = (Object.keys(ruleLabels) as (keyof typeof ruleLabels)[]).filter((name) => name !== 'anonymous')

/** The rules of an open poll, in the order of the form. Rules that do not apply to the poll are left out. */
export function ruleFields(poll: Poll, { hasChat }: { hasChat: boolean }): RuleField[] {
  if (poll.status === 'closed') return []
  const applying = order.filter((name) => isApplying(poll, name, hasChat)).map((name) => ruleField(poll, name))
  const anonymous = { name: 'anonymous', label: 'Anonymous', kind: 'fixed', why: whyAnonymityStays } as const
  return [...applying, { ...anonymous, value: valueInWords(poll, 'anonymous') }]
}

function isApplying(poll: Poll, name: RuleHere, hasChat: boolean): boolean {
  const { method, anonymous, hasRoll, totalVotes } = poll
  const mayTake = (one: Poll['method']) => method === one || (totalVotes === 0 && method !== 'dates')
  const isApplying: { [Name in RuleHere]?: boolean } = {
    maxChoices: mayTake('multiple_choice'),
    resultsVisible: !anonymous,
    capacity: !anonymous && (mayTake('single_choice') || mayTake('multiple_choice')),
    electorate: !hasRoll,
    remindHours: hasChat || poll.remindHours !== null,
  }
  return isApplying[name] ?? true
}

function ruleField(poll: Poll, name: RuleHere): RuleField {
  const others = valuesOf(name).filter((value) => value !== poll[name])
  const [problem] = others.map((value) => problemWithChange(poll, name, value as never))
  const possible = others.filter((value) => problemWithChange(poll, name, value as never) === undefined)
  const label = ruleLabels[name]
  if (possible.length === 0)
    return { name, label: label.replace(/:.*/, ''), kind: 'fixed', value: valueInWords(poll, name), why: problem ?? '' }
  if (name === 'method' || name === 'resultsVisible') {
    const offered = valuesOf(name).filter((value) => value === poll[name] || possible.includes(value))
    const values = offered.map((value) => ({ value: String(value), label: inWords(name, value) }))
    return { name, label, kind: 'choice', values }
  }
  return isNumber(name) ? { name, label, kind: 'number', hint: numberHints[name] } : { name, label, kind: 'flag' }
}

/** All values of a rule; of a number, whether there is one. */
function valuesOf(name: RuleHere): readonly unknown[] {
  if (name === 'method') return pollMethods
  if (name === 'resultsVisible') return resultsVisibilities
  return isNumber(name) ? [null, Number.MAX_SAFE_INTEGER] : [true, false]
}

function isNumber(name: string): name is NumberRule {
  return numberRules.includes(name as NumberRule)
}

export function valueInWords(poll: Poll, name: string): string {
  return inWords(name, poll[name as keyof Poll])
}

function inWords(name: string, value: unknown): string {
  if (name === 'method') return methodLabels[value as keyof typeof methodLabels]
  if (name === 'resultsVisible') return visibilityLabels[value as keyof typeof visibilityLabels]
  if (isNumber(name)) return value === null ? 'None' : Number(value).toLocaleString('en')
  return value ? 'Yes' : 'No'
}

/** The rules of a poll as the form shows them. */
export function shownRules(poll: Poll) {
  const numbers = Object.fromEntries(numberRules.map((name) => [name, poll[name] === null ? '' : String(poll[name])]))
  const flags = Object.fromEntries(flagRules.map((name) => [name, poll[name]]))
  const { method, resultsVisible } = poll
  return { method, resultsVisible, ...numbers, ...flags } as { method: string; resultsVisible: string } & Record<
    NumberRule,
    string
  > &
    Record<FlagRule, boolean>
}

/**
 * The rules for which the form had a field. A box that is not ticked is not sent, so the form names them.
 *
 * @returns values for the input of an edit
 */
export function readRules(fields: Fields, typed: TypedPoll): { [Name in RuleHere]?: unknown } {
  const asked = order.filter((name) => list(fields, 'offeredRule').includes(name))
  const { method } = typed
  const isLimited = method === 'single_choice' || method === 'multiple_choice'
  const values: { [Name in RuleHere]?: unknown } = Object.fromEntries(
    asked.map((name) => [name, isNumber(name) ? numberIn(typed[name]) : typed[name]]),
  )
  // As in the form of a new poll, numbers that do not fit the method are ignored.
  if (asked.includes('method') && method !== 'multiple_choice' && 'maxChoices' in values) values.maxChoices = null
  if (asked.includes('method') && !isLimited && 'capacity' in values) values.capacity = null
  return values
}
