import { z } from 'zod'
import { ruleInputs } from '../polls/inputs/rule-inputs.ts'
import type { Change } from '../polls/model/events.ts'
import {
  defaultRules,
  type EditableRule,
  editableRules,
  type LoggedRules,
  type PollRules,
  pollMethods,
  resultsVisibilities,
  ruleNames,
} from '../polls/model/poll-rules.ts'

/** Schemas without the limits of inputs: old polls may have been created under other limits. */
const valueSchemas: { [Name in keyof PollRules]?: z.ZodType<NonNullable<PollRules[Name]>> } = {
  method: z.enum(pollMethods),
  resultsVisible: z.enum(resultsVisibilities),
  timeZone: z.string(),
}

function schemaOf(name: keyof PollRules): z.ZodType {
  return valueSchemas[name] ?? (typeof defaultRules[name] === 'boolean' ? z.boolean() : z.int32().min(0))
}

function describe(name: keyof PollRules): string {
  if (name === 'hasRoll')
    return 'Whether only people on the voter list may vote; electorate is their number, until the poll is reopened'
  return ruleInputs[name].unwrap().description ?? ''
}

function shown(name: keyof PollRules) {
  const value = defaultRules[name] === null ? schemaOf(name).nullable() : schemaOf(name)
  return value.describe(describe(name))
}

function logged(name: keyof PollRules) {
  const value = schemaOf(name)
  const unusual = value instanceof z.ZodEnum ? value.exclude([String(defaultRules[name])]) : value
  return unusual.optional().describe(`Left out if it is ${defaultRules[name]}. ${describe(name)}`)
}

/** The rules of a poll. */
export const ruleSchemas = Object.fromEntries(ruleNames.map((name) => [name, shown(name)])) as {
  [Name in keyof PollRules]: z.ZodType<PollRules[Name]>
}

/** The changes of rules in an `edited` event. */
export const changedRuleSchemas = Object.fromEntries(
  editableRules.map((name) => [name, z.strictObject({ from: shown(name), to: shown(name) }).optional()]),
) as unknown as { [Name in EditableRule]: z.ZodType<Change<PollRules[Name]> | undefined> }

/** The rules in a `created` event. */
export const loggedRuleSchemas = Object.fromEntries(ruleNames.map((name) => [name, logged(name)])) as unknown as {
  [Name in keyof PollRules]: z.ZodType<LoggedRules[Name]>
}
