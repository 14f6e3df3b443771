import { expect, test } from 'vitest'
import { openTestApp } from '../support/app.ts'
import { closedAtEnd } from '../support/at-end.ts'
import { newGuest } from './client.ts'
import { expectProblem } from './problems.ts'

const testApp = await closedAtEnd(openTestApp())
const ada = await newGuest(testApp.app)
const bob = await newGuest(testApp.app, 'Bob')

async function proposed() {
  const { id } = await ada.newPoll({ optionsModerated: true })
  const response = await bob.send('POST', `/polls/${id}/options`, { title: 'Dumplings' })
  const [proposal] = response.json().proposals
  return { id, response, proposal, path: `/polls/${id}/proposals/${proposal.id}` }
}

test('an option that others add is a proposal until the creator approves it', async () => {
  const { id, response, proposal, path } = await proposed()
  expect(response.statusCode).toBe(201)
  expect(response.json()).toMatchObject({
    optionsModerated: true,
    options: [{}, {}],
    proposals: [{ title: 'Dumplings' }],
  })
  const approved = (await ada.send('PUT', `${path}/approval`)).json()
  expect(approved).toMatchObject({ proposals: [], options: [{}, {}, { id: proposal.id, title: 'Dumplings' }] })
  expect((await ada.send('PUT', `${path}/approval`)).json().revision).toBe(approved.revision)
  const { events } = (await bob.get(`/polls/${id}/events?after=1`)).json()
  expect(events).toMatchObject([
    { type: 'option_proposed', actor: { name: 'Bob' }, facts: { option: { title: 'Dumplings' } } },
    { type: 'proposal_approved', actor: { name: 'Ada' }, facts: { option: { title: 'Dumplings' } } },
  ])
})

test('the author withdraws a proposal', async () => {
  const { path } = await proposed()
  expect((await bob.send('DELETE', path)).json()).toMatchObject({ proposals: [], options: [{}, {}] })
  expectProblem(await bob.send('DELETE', path), 'unknown_option')
})

test('only the creator approves, at a given revision', async () => {
  const { path } = await proposed()
  expectProblem(await bob.send('PUT', `${path}/approval`), 'forbidden')
  expectProblem(await ada.send('PUT', `${path}/approval`, undefined, { 'if-match': '"1"' }), 'revision_mismatch')
  expect((await ada.send('PUT', `${path}/approval`, undefined, { 'if-match': '"2"' })).statusCode).toBe(200)
})
