import { randomBytes } from 'node:crypto'
import type { Flow } from '../flow.ts'
import type { User } from '../types.ts'
import { act, join } from './membership.ts'

/** An invitation to a flow. The sandbox sends no mail: its page of the flow's people has the link. */
export type Invitation = {
  id: number
  flowId: string
  email: string
  /** Added to the mail. */
  message: string | null
  isAccepted: boolean
  /** Secret: anybody with the link may accept. */
  token: string
}

/** The invitations to all flows, accepted ones included. The oldest are deleted first. */
export class Invitations {
  readonly #invitations = new Map<number, Invitation>()
  readonly #limit: number
  #lastId = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  get(flow: Flow, id: number): Invitation | undefined {
    const invitation = this.#invitations.get(id)
    return invitation?.flowId === flow.id ? invitation : undefined
  }

  withToken(token: string): Invitation | undefined {
    return [...this.#invitations.values()].find((invitation) => invitation.token === token)
  }

  /** Those that nobody has accepted. */
  pending(flow: Flow): Invitation[] {
    return [...this.#invitations.values()].filter(({ flowId, isAccepted }) => flowId === flow.id && !isAccepted)
  }

  /** Invites, or invites again: the same address keeps its invitation. */
  invite(flow: Flow, by: User, email: string, message: string | null): Invitation {
    const isSame = (one: Invitation) => one.email.toLowerCase() === email.toLowerCase()
    const earlier = this.pending(flow).find(isSame)
    const invitation = earlier ? { ...earlier, message } : this.#create(flow, email, message)
    this.#invitations.set(invitation.id, invitation)
    this.#forgetOldest()
    act(flow, by, { type: 'invite', description: { email } })
    return invitation
  }

  accept(flow: Flow, invitation: Invitation, user: User): void {
    this.#invitations.set(invitation.id, { ...invitation, isAccepted: true })
    join(flow, user)
  }

  /** The invited user declines, or a member cancels. */
  remove(flow: Flow, invitation: Invitation, by: User): void {
    this.#invitations.delete(invitation.id)
    const type = by.email.toLowerCase() === invitation.email.toLowerCase() ? 'decline' : 'uninvite'
    act(flow, by, { type, description: { email: invitation.email } })
  }

  #create(flow: Flow, email: string, message: string | null): Invitation {
    const token = randomBytes(20).toString('hex')
    return { id: ++this.#lastId, flowId: flow.id, email, message, isAccepted: false, token }
  }

  #forgetOldest(): void {
    for (const oldest of this.#invitations.keys()) {
      if (this.#invitations.size <= this.#limit) break
      this.#invitations.delete(oldest)
    }
  }
}
