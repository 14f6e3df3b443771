import type { Flow } from '../state/flow.ts'
import type { Application, FlowThread, Mail, User } from '../state/types.ts'
import type { World } from '../world.ts'

export function flowPath({ organization }: World, { parameterizedName }: Flow): string {
  return `/app/${organization.parameterizedName}/${parameterizedName}`
}

export function threadPath(world: World, flow: Flow, { id }: Pick<FlowThread, 'id'>): string {
  return `${flowPath(world, flow)}/threads/${id}`
}

/** The page of a mail-like item of the inbox. */
export function mailPath(world: World, flow: Flow, { id }: Pick<Mail, 'id'>): string {
  return `${flowPath(world, flow)}/mails/${id}`
}

/** The page of the signed-in user's private conversation with this one. */
export function privatePath({ id }: User): string {
  return `/app/private/${id}`
}

/** Relative to the page's host: the browser may reach the sandbox by another name than its public URL. */
export function avatarPath({ id }: User): string {
  return `/avatars/${id}`
}

/** The icon of all mails: the push API names no application. */
export const mailIconPath = '/icons/mail'

export function iconPath({ id, iconUrl }: Application): string {
  return iconUrl ?? `/icons/${id}`
}
