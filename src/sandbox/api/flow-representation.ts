import type { Flow } from '../state/flow.ts'
import type { User } from '../state/types.ts'
import type { World } from '../world.ts'
import { userJson } from './representation.ts'

/** A flow as this user sees it. */
export function flowJson(world: World, flow: Flow, viewer: User) {
  const { id, name, parameterizedName, accessMode } = flow
  const url = world.flowUrl(flow)
  const joined = flow.members.includes(viewer)
  const path = `${world.organization.parameterizedName}/${parameterizedName}`
  return {
    ...{ id, name, parameterized_name: parameterizedName, organization: organizationSummary(world) },
    ...{ unread_mentions: 0, open: joined, joined, url, web_url: world.url(`app/${path}`), access_mode: accessMode },
    links: {
      messages: { url: `${url}/messages`, methods: ['GET', 'POST'] },
      threads: { url: `${url}/threads`, methods: ['GET'] },
      sources: { url: `${url}/sources`, methods: ['GET', 'POST'] },
      users: { url: `${url}/users`, methods: ['GET'] },
    },
  }
}

/** With the flow's people, and what each has last said about themselves. */
export function flowWithUsersJson(world: World, flow: Flow, viewer: User) {
  return { ...flowJson(world, flow, viewer), users: flow.members.map((user) => memberJson(world, flow, user)) }
}

export function organizationJson(world: World) {
  const users = world.users.map(({ id, name, email, isAdmin: admin }) => ({ id, name, email, admin }))
  return { ...organizationSummary(world), subscription: { trial: false, billing_date: null }, users }
}

function organizationSummary(world: World) {
  const { id, name, parameterizedName } = world.organization
  return {
    ...{ id, name, parameterized_name: parameterizedName, user_limit: 0, user_count: world.users.length },
    ...{ active: true, url: world.url(`organizations/${parameterizedName}`) },
  }
}

function memberJson(world: World, flow: Flow, user: User) {
  const said = flow.messages.list().filter((message) => message.user === user)
  const status = said.findLast(({ event }) => event === 'status')
  const active = said.at(-1)?.sent.getTime() ?? null
  return {
    ...userJson(world, user),
    status: status?.event === 'status' ? status.content : null,
    ...{ disabled: false, last_activity: active, last_ping: active },
  }
}
