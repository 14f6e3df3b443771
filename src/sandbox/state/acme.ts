import type { FlowFacts } from './flow.ts'
import type { Organization, User } from './types.ts'

/*
 * The organization of every sandbox. Ids and secrets are constant, so links and scripts still work after a restart.
 * The secrets protect nothing.
 */

export const organization: Organization = { id: 1, name: 'Acme', parameterizedName: 'acme' }

const maija = person(1, 'Maija', 'Maija Virtanen', true)
const ben = person(2, 'Ben', 'Ben Okafor')
const chen = person(3, 'Chen', 'Chen Wei')
const rosa = person(4, 'Rosa', 'Rosa Lindqvist')

export const users: User[] = [maija, ben, chen, rosa]

export const flows: FlowFacts[] = [
  {
    id: '6f2c1f0e-5d0b-4a53-9a55-2f0b6f4f7a01',
    name: 'Main',
    parameterizedName: 'main',
    accessMode: 'invitation',
    members: users,
    apiToken: 'main-sandbox-flow-token',
  },
  {
    id: 'c2f3a7d4-0f5e-4c0b-8d3e-7a9b1e5c6d02',
    name: 'Lunch Club',
    parameterizedName: 'lunch-club',
    accessMode: 'organization',
    members: [maija, ben, chen],
    apiToken: 'lunch-club-sandbox-flow-token',
  },
]

function person(id: number, nick: string, name: string, isAdmin = false): User {
  const word = nick.toLowerCase()
  return {
    id,
    nick,
    name,
    email: `${word}@acme.example`,
    website: null,
    isAdmin,
    apiToken: `${word}-sandbox-api-token`,
    password: `${word}-sandbox-password`,
  }
}
