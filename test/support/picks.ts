import { parseChoices } from '../../src/polls/model/choices/choice-text.ts'
import type { Choices } from '../../src/polls/model/poll.ts'

/** Choices by their texts, such as `picks('pizza', 'sushi')`, `picks('pizza=3')` or `picks('pizza=if_need_be')`. */
export function picks(...texts: (string | undefined)[]): Choices {
  return parseChoices(texts.map((text) => text ?? 'no such option'))
}
