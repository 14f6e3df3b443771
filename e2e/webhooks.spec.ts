import { WebhookReceiver } from '../test/support/webhook-receiver.ts'
import { expectAccessible } from './support/accessible.ts'
import { button, createPoll } from './support/flowdock.ts'
import { field, giveName, vote } from './support/poll-page.ts'
import { test as base, expect, failedLoad, type Page } from './support/test.ts'

const test = base.extend<{ receiver: WebhookReceiver }>({
  server: ({ webhookServer }, use) => use(webhookServer),
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
  receiver: async ({}, use) => {
    const receiver = await WebhookReceiver.open()
    await use(receiver)
    await receiver.close()
  },
})

const secret = (page: Page) => field(page, 'Give this secret to the receiver')
const connection = (page: Page, name: string) => page.getByRole('article').filter({ hasText: name })

/** Connects a webhook as a newcomer, and stays on the page with its secret. */
async function connect(page: Page, receiver: WebhookReceiver, name: string): Promise<void> {
  await page.goto('/connections/new/webhook')
  await field(page, 'Address').fill(`${receiver.url}/hooks`)
  await field(page, 'Name').fill(name)
  await button(page, 'Connect').click()
  await giveName(page, 'Olga')
  await expect(page.getByRole('status')).toContainText('The webhook is connected.')
  receiver.secrets.set('/hooks', await secret(page).inputValue())
}

/** The words of what the receiver got about this poll. */
const textsOf = (receiver: WebhookReceiver, title: string) =>
  receiver.received
    .filter(({ payload }) => payload.data.poll.title === title)
    .flatMap(({ payload }) => payload.data.events.map(({ text }) => text))

test('a person connects a webhook, corrects the address, and the receiver gets every event signed', async ({
  page,
  receiver,
  provoke,
}) => {
  test.slow()
  provoke(failedLoad(422))
  await page.goto('/')
  await page.getByRole('contentinfo').getByRole('link', { name: 'Connect a webhook' }).click()
  await expectAccessible(page)
  await field(page, 'Address').fill('example.org/hooks')
  await field(page, 'Name').fill('Build server')
  await page.getByLabel('Comments').uncheck()
  await button(page, 'Connect').click()
  await expect(field(page, 'Address')).toBeFocused()
  await expect(field(page, 'Address')).toHaveAccessibleDescription(/^Type the whole address/)
  await expect(field(page, 'Name')).toHaveValue('Build server')
  await expect(page.getByLabel('Comments')).not.toBeChecked()
  await expectAccessible(page)

  await field(page, 'Address').fill(`${receiver.url}/hooks`)
  await button(page, 'Connect').click()
  await giveName(page, 'Olga')
  await expect(page.getByRole('status')).toHaveText(
    'The webhook is connected. New events of the polls that you chose are posted there.',
  )
  receiver.secrets.set('/hooks', await secret(page).inputValue())
  await expectAccessible(page)

  await createPoll(page, 'What do we build?', ['A boat', 'A bridge'])
  await vote(page, 'A bridge')
  await field(page, 'Add a comment').fill('Water is wet')
  await button(page, 'Comment').click()
  await button(page, 'Close the poll').click()
  await expect
    .poll(() => textsOf(receiver, 'What do we build?'))
    .toEqual([
      'Olga (guest) created the poll',
      'Olga (guest) voted for A bridge',
      'Olga (guest) closed the poll. Winner: A bridge',
    ])
  expect(receiver.refused).toEqual([])
})

test('a person makes a new secret, and both are valid for a day', async ({ page, receiver }) => {
  test.slow()
  await connect(page, receiver, 'To rotate')
  const former = await secret(page).inputValue()
  await page.goto('/connections')
  await connection(page, 'To rotate').getByRole('link', { name: 'Configure' }).click()
  await page.getByRole('link', { name: 'Show or replace the secret' }).click()
  await expect(secret(page)).toHaveValue(former)
  await button(page, 'Make a new secret').click()
  await expect(page.getByRole('status')).toHaveText('This is the new secret. Give it to the receiver now.')
  await expect(page.getByText('Messages are also signed with the former secret')).toBeVisible()
  await expect(page.getByText('The former secret ends')).toContainText(/in (1 day|23 hours)/)
  const renewed = await secret(page).inputValue()
  expect(renewed).not.toBe(former)
  await expectAccessible(page)

  for (const [value, title] of [
    [former, 'Signed for the old?'],
    [renewed, 'Signed for the new?'],
  ] as const) {
    receiver.secrets.set('/hooks', value)
    await createPoll(page, title, ['Yes', 'No'])
    await expect.poll(() => textsOf(receiver, title)).toEqual(['Olga (guest) created the poll'])
  }
  expect(receiver.refused).toEqual([])
})

test('the page of connections shows why a webhook fails, and “Try now” posts what waited', async ({
  page,
  receiver,
}) => {
  test.slow()
  await connect(page, receiver, 'To fail')
  receiver.answer = (response) => response.writeHead(503, { 'retry-after': '3000' }).end()
  await createPoll(page, 'Is it down?', ['Yes', 'No'])
  const failing = connection(page, 'To fail')
  await expect(async () => {
    await page.goto('/connections')
    await expect(failing).toContainText('Failing', { timeout: 500 })
  }).toPass()
  await expect(failing).toContainText('The receiver answered 503.')
  await expect(failing).toContainText('in 50 minutes')
  await expectAccessible(page)
  receiver.answer = (response) => response.writeHead(204).end()
  await failing.getByRole('button', { name: 'Try now' }).click()
  await expect(page.locator('p.done')).toHaveText('It works again. All messages were posted.')
  await expect(failing).toContainText('Active')
})

test('a receiver that answers 410 ends the connection, which leads back to the form', async ({ page, receiver }) => {
  await connect(page, receiver, 'To end')
  receiver.answer = (response) => response.writeHead(410).end()
  await createPoll(page, 'Is it over?', ['Yes', 'No'])
  const ended = connection(page, 'To end')
  await expect(async () => {
    await page.goto('/connections')
    await expect(ended).toContainText('Ended by the receiver', { timeout: 500 })
  }).toPass()
  await expect(ended).toContainText('The receiver wants no more messages: it answered 410.')
  await ended.getByRole('link', { name: 'Connect again' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Connect a webhook')
})

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })

  test('a person connects a webhook with the thumb, and nothing is too wide', async ({ page, receiver }) => {
    await page.goto('/connections')
    await page.getByRole('main').getByRole('link', { name: 'Connect a webhook' }).tap()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Connect a webhook')
    await expectNotTooWide(page)
    await field(page, 'Address').fill(`${receiver.url}/${'x'.repeat(300)}`)
    await field(page, 'Name').fill('W'.repeat(60))
    await button(page, 'Connect').tap()
    await giveName(page, 'Olga')
    await expect(page.getByRole('status')).toContainText('The webhook is connected.')
    await expectNotTooWide(page)
    await page.goto('/connections')
    await expect(connection(page, 'WWW')).toContainText('Active')
    await expectNotTooWide(page)
  })
})

async function expectNotTooWide(page: Page): Promise<void> {
  const width = await page.evaluate(() => document.documentElement.scrollWidth)
  expect(width).toBeLessThanOrEqual(360)
}
