import { z } from 'zod'
import { newId } from '../../people/model/ids.ts'
import { line } from '../../polls/inputs/text.ts'
import type { ConnectingForm } from '../chat.ts'
import type { typedAddress } from '../http/typed-address.ts'
import { newCredentials } from './signing.ts'

/** The form that connects a webhook. */
export function connectingForm(address: ReturnType<typeof typedAddress>): ConnectingForm {
  const input = z.object({ address, name: line('The name', { min: 1, max: 60 }) })
  return {
    fields: [
      { name: 'address', label: 'Address', kind: 'url', hint: 'Polldock posts signed JSON there' },
      { name: 'name', label: 'Name', kind: 'text', hint: 'shown on the pages of its polls', initial: 'Webhook' },
    ],
    check(typed) {
      const { data, error } = input.safeParse(typed)
      if (error) return { problems: z.flattenError(error).fieldErrors }
      const { address, name } = data
      const room = { name, roomName: name, roomUrl: null, externalId: newId(), address: {} }
      return {
        roomName: name,
        connect: async () => ({ room: { ...room, credentials: newCredentials(address.href) } }),
      }
    },
  }
}
