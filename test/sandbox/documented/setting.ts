import { type Box, ticket, waiting } from '../box.ts'

/** Says something in the chat, or in a thread. Returns the message's id. */
export async function say(box: Box, content: string, path = '/flows/acme/main/messages'): Promise<number> {
  const { status, body } = await box.as('maija')<{ id: number }>('POST', path, { event: 'message', content }, waiting)
  if (status !== 200) throw new Error(`Saying something was answered with ${status}.`)
  return body.id
}

/** Posts into a new thread of the inbox. */
export async function atThread(box: Box): Promise<{ thread: string; message: number }> {
  const activity = { ...ticket, flow_token: box.connect().flowToken }
  const { body } = await box.call<{ id: number; thread_id: string }>('POST', '/messages', activity, waiting)
  return { thread: body.thread_id, message: body.id }
}
