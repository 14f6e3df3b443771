import type { FlowFacts } from './flow.ts'
import { account } from './people/people.ts'
import type { Organization, User } from './types.ts'

/**
 * The organization of every sandbox, as it is at the start. Ids and secrets are constant, so links and scripts still work
 * after a restart.
 */
export function acme(): { organization: Organization; users: User[]; flows: FlowFacts[] } {
  const maija = person(1, 'Maija', 'Maija Virtanen', true)
  const ben = person(2, 'Ben', 'Ben Okafor')
  const chen = person(3, 'Chen', 'Chen Wei')
  const rosa = person(4, 'Rosa', 'Rosa Lindqvist')
  const users = [maija, ben, chen, rosa]
  return {
    organization: { id: 1, name: 'Acme', parameterizedName: 'acme' },
    users,
    flows: [
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
    ],
  }
}

function person(id: number, nick: string, name: string, isAdmin = false): User {
  const login = nick.toLowerCase()
  return account({ id, login, nick, name, email: `${login}@acme.example`, isAdmin })
}
