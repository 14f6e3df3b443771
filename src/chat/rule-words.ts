import { counted } from '../polls/model/phrases.ts'
import type { EditableRule, PollRules } from '../polls/model/poll-rules.ts'

/** What a changed rule means now, in words that continue the actor's name. An edit of times has words of its own. */
export const ruleWords: { [Name in Exclude<EditableRule, 'timeZone'>]: (to: PollRules[Name]) => string } = {
  method: (to) => methods[to],
  maxChoices: (to) =>
    to === null ? 'removed the limit of options per person' : `limited each person to ${to} options`,
  resultsVisible: (to) => visibilities[to],
  quorum: (to) =>
    to === null ? 'removed the minimum number of voters' : `set the minimum number of voters to ${number(to)}`,
  votesFinal: (to) => (to ? 'made votes final' : 'let people change their votes'),
  capacity: (to) =>
    to === null ? 'removed the maximum votes per option' : `set the maximum votes per option to ${number(to)}`,
  electorate: (to) =>
    to === null ? 'removed the expected number of voters' : `set the expected number of voters to ${number(to)}`,
  remindHours: (to) =>
    to === null ? 'removed the reminder' : `set the reminder to ${counted(to, 'hour')} before closing`,
  optionsModerated: (to) =>
    to ? 'made options that others add wait for approval' : 'let others add options without approval',
  optionsOpen: (to) => (to ? 'let others add options' : 'stopped others from adding options'),
  votersSignedIn: (to) => (to ? 'limited voting to signed-in people' : 'let guests vote'),
  unlisted: (to) => (to ? 'took the poll off the lists' : 'put the poll on the lists'),
}

const methods: Record<PollRules['method'], string> = {
  single_choice: 'let people choose one option',
  multiple_choice: 'let people choose several options',
  score: 'let people give points to the options',
  ranked: 'let people rank the options',
  dates: 'let people answer for dates',
}

const visibilities: Record<PollRules['resultsVisible'], string> = {
  always: 'made the results visible to everybody',
  after_voting: 'hid the results from people who have not voted',
  after_closing: 'hid the results until the poll is closed',
}

function number(value: number): string {
  return value.toLocaleString('en')
}
