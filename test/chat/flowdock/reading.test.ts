import { expect, test } from 'vitest'
import { lineIn, streamedMessage } from '../../../src/chat/flowdock/reading/messages.ts'
import { newPollId } from '../../../src/polls/model/ids.ts'

test.each(['a\0b', 'a\ud800b', 'x'.repeat(201), 7])(
  'the id of a line has nothing of a flow that the database refuses: %j',
  (flow) => {
    const thread = { external_url: `https://polls.example.org/polls/${newPollId()}` }
    const message = streamedMessage.parse({ id: 8, event: 'message', flow, user: 3, content: 'Hello', thread })
    expect(lineIn(message, () => 'Ann')?.message).toBe(' 8')
  },
)
