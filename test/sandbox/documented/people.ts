import { expect } from 'vitest'
import type { Box } from '../box.ts'
import type { Endpoint } from './endpoint.ts'
import { invitation, member, none, organization, user, z } from './shapes.ts'

const lunchMembers = async (box: Box) =>
  (await box.as('maija')<{ id: number }[]>('GET', '/flows/acme/lunch-club/users')).body.map(({ id }) => id)

const users: Endpoint[] = [
  { endpoint: 'GET /users', page: 'users', example: () => ({}), status: 200, answer: z.array(user).length(4) },
  {
    endpoint: 'GET /flows/:organization/:flow/users',
    page: 'users',
    example: () => ({}),
    status: 200,
    answer: z.array(user).length(4),
  },
  {
    endpoint: 'GET /organizations/:organization/users',
    page: 'users',
    example: () => ({}),
    status: 200,
    answer: z.array(user.extend({ admin: z.boolean() })).length(4),
  },
  {
    endpoint: 'DELETE /organizations/:organization/users/:id',
    page: 'users',
    example: () => ({ path: { id: 4 } }),
    status: 204,
    parameters: {
      'by an admin only': async (send) => expect((await send({ as: 'ben' })).status).toBe(403),
      id: async (send, box) => {
        await send()
        expect((await box.as('maija')<object[]>('GET', '/users')).body).toHaveLength(3)
        expect((await box.as('rosa')('GET', '/flows/acme/main')).status).toBeGreaterThanOrEqual(400)
      },
    },
  },
  { endpoint: 'GET /users/:id', page: 'users', example: () => ({ path: { id: 2 } }), status: 200, answer: user },
  {
    endpoint: 'PUT /users/:id',
    page: 'users',
    example: () => ({ path: { id: 1 }, body: { nick: 'Steve', email: 'steve@example.com' } }),
    status: 200,
    answer: none,
    parameters: {
      nick: async (send, box) => {
        await send()
        expect((await box.as('ben')('GET', '/users/1')).body).toMatchObject({ nick: 'Steve' })
      },
      email: async (send, box) => {
        await send()
        expect((await box.as('ben')('GET', '/users/1')).body).toMatchObject({ email: 'steve@example.com' })
      },
    },
  },
  {
    endpoint: 'POST /flows/:organization/:flow/users',
    page: 'users',
    example: () => ({ path: { flow: 'lunch-club' }, body: { id: 4 } }),
    status: 200,
    answer: none,
    parameters: {
      id: async (send, box) => {
        await send()
        expect(await lunchMembers(box)).toContain(4)
      },
    },
  },
  {
    endpoint: 'PUT /flows/:organization/:flow/users/:id',
    page: 'users',
    example: () => ({ path: { flow: 'lunch-club', id: 2 }, body: { disabled: true } }),
    status: 200,
    answer: none,
    parameters: {
      disabled: async (send, box) => {
        const status = async () => (await box.as('ben')('GET', '/flows/acme/lunch-club/messages')).status
        await send()
        expect(await status()).toBe(403)
        await send({ body: { disabled: false } })
        expect(await status()).toBe(200)
      },
    },
  },
]

const organizations: Endpoint[] = [
  {
    endpoint: 'GET /organizations',
    page: 'organizations',
    example: () => ({}),
    status: 200,
    answer: z.array(organization).length(1),
  },
  {
    endpoint: 'GET /organizations/:organization',
    page: 'organizations',
    example: () => ({}),
    status: 200,
    answer: organization,
  },
  {
    endpoint: 'GET /organizations/find',
    page: 'organizations',
    example: () => ({ query: { id: '1' } }),
    status: 200,
    answer: organization,
    parameters: { id: async (send) => expect((await send({ query: { id: '999' } })).status).toBe(404) },
  },
  {
    endpoint: 'PUT /organizations/:organization',
    page: 'organizations',
    example: () => ({ body: { name: 'My company' } }),
    status: 200,
    answer: organization,
    parameters: {
      name: async (send) => expect((await send()).json).toMatchObject({ name: 'My company' }),
      'by an admin only': async (send) => expect((await send({ as: 'ben' })).status).toBe(403),
    },
  },
]

const at = '/flows/acme/main/invitations'
const someone = { email: 'someone@example.com', message: 'Please join our team’s Flow.' }
const invite = async (box: Box) => (await box.as('maija')<{ id: number }>('POST', at, someone)).body?.id ?? 0

const invitations: Endpoint[] = [
  {
    endpoint: 'GET /flows/:organization/:flow/invitations',
    page: 'invitations',
    example: async (box) => {
      await invite(box)
      return {}
    },
    status: 200,
    answer: z.array(invitation).length(1),
  },
  {
    endpoint: 'GET /flows/:organization/:flow/invitations/:id',
    page: 'invitations',
    example: async (box) => ({ path: { id: await invite(box) } }),
    status: 200,
    answer: invitation,
  },
  {
    endpoint: 'POST /flows/:organization/:flow/invitations',
    page: 'invitations',
    example: () => ({ body: someone }),
    status: 201,
    answer: invitation,
    parameters: {
      email: async (send) => {
        expect((await send()).json).toMatchObject({ email: someone.email, state: 'pending' })
        expect((await send({ body: { email: 'nobody' } })).status).toBe(400)
      },
      'email (again)': async (send) => expect((await send()).json.id).toBe((await send()).json.id),
      message: async (send) => expect((await send({ body: { message: 'x'.repeat(100) } })).status).toBe(201),
    },
  },
  {
    endpoint: 'POST /flows/:organization/:flow/invitations/import',
    page: 'invitations',
    example: () => ({
      path: { flow: 'lunch-club' },
      body: {
        list: 'someone@example.com, "Joe Smith" <person@example.com>\nrosa@acme.example, nobody',
        message: someone.message,
      },
    }),
    status: 200,
    answer: z.object({
      invitations: z.array(invitation).length(2),
      added_users: z.array(member).length(1),
      erroneous_emails: z.array(z.record(z.string(), z.string())).length(1),
    }),
    parameters: {
      list: async (send) => {
        const { json } = await send()
        expect(json.invitations.map(({ email }: { email: string }) => email)).toEqual([
          'someone@example.com',
          'person@example.com',
        ])
        expect(json.added_users).toMatchObject([{ nick: 'Rosa' }])
        expect(Object.keys(json.erroneous_emails[0])).toEqual(['nobody'])
      },
      message: async (send) => expect((await send({ body: { message: 'x'.repeat(100) } })).status).toBe(200),
    },
  },
  {
    endpoint: 'DELETE /flows/:organization/:flow/invitations/:id',
    page: 'invitations',
    example: async (box) => ({ path: { id: await invite(box) } }),
    status: 204,
    parameters: {
      id: async (send, box) => {
        await send()
        expect((await box.as('maija')('GET', at)).body).toEqual([])
      },
    },
  },
]

export const people: Endpoint[] = [...users, ...organizations, ...invitations]
