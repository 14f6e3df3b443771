import { expect, test } from 'vitest'
import type { Command } from '../../../src/polls/model/commands.ts'
import { type CreatorStep, creatorSteps } from '../../../src/polls/rules/permissions.ts'
import { cast, close, OneBatch, receipt } from '../../support/one-batch.ts'
import { ann, bob } from '../../support/poll-log.ts'

const steps: CreatorStep[] = ['close', 'reopen', 'archive', 'unarchive', 'delete']
const archive: Command = { by: ann, type: 'archive' }

test.each<[string, OneBatch, Command[], CreatorStep[]]>([
  ['open without votes', new OneBatch({}), [], ['close', 'delete']],
  ['open with votes', new OneBatch({}), [cast(bob, 'pizza')], ['close']],
  ['closed without votes', new OneBatch({}), [close], ['reopen', 'archive', 'delete']],
  ['closed with votes', new OneBatch({}), [cast(bob, 'pizza'), close], ['reopen', 'archive']],
  ['archived', new OneBatch({}), [cast(bob, 'pizza'), close, archive], ['reopen', 'unarchive']],
  ['archived without votes', new OneBatch({}), [close, archive], ['reopen', 'unarchive', 'delete']],
])('the creator can do these steps in a poll that is %s', (_state, batch, commands, expected) => {
  batch.do(...commands)
  expect(creatorSteps(batch.poll)).toEqual(expected)
})

test('a poll with published ballots cannot be reopened', () => {
  const batch = new OneBatch({ anonymous: true })
  batch.do(...[ann, bob, { id: 'cem', name: 'Cem' }].map((by) => receipt(`code of ${by.id}`).cast(by, 'pizza')), close)
  expect(creatorSteps(batch.poll)).toEqual(['archive'])
})

test.each([[], [cast(bob, 'pizza')], [close], [cast(bob, 'pizza'), close], [close, archive]])(
  'the rules accept each of these steps, with an event, and no other step (%#)',
  (...commands: Command[]) => {
    for (const type of steps) {
      const batch = new OneBatch({})
      batch.do(...commands)
      const isOffered = creatorSteps(batch.poll).includes(type)
      const decided = batch.submit({ by: ann, type })
      expect([type, 'events' in decided && decided.events.length > 0]).toEqual([type, isOffered])
    }
  },
)
