import { button, inbox, log, pair, test } from './support/flowdock.ts'
import { personOf } from './support/person.ts'
import { expect, failedLoad, type Page } from './support/test.ts'

test('the creator reminds people once an hour, and the thread names nobody who voted', async ({
  page,
  server,
  guest,
  provoke,
}) => {
  provoke(failedLoad(409))
  await pair(page, server, 'lunch-club', 'To remind in')
  const maija = await personOf(page, 'Maija Virtanen')
  const roll = ['Vera', 'Otto', 'Nora <nora@example.org>', 'ute@example.org']
  const poll = await maija.createPoll({ title: 'Who has not voted?', roll })
  await (await guest('Vera')).vote(poll, 'Soup')
  const remind = (tab: Page) => tab.getByRole('button', { name: /^Remind 3 people in / })
  const otherTab = await page.context().newPage()
  for (const tab of [page, otherTab]) await tab.goto(poll.url)

  await remind(page).click()
  await expect(page.getByRole('status').filter({ hasText: 'Reminded 3 people.' })).toBeInViewport()
  await expect(page.locator('#reminder')).toContainText('You can remind again in 1 hour.')
  await expect(remind(page)).toHaveCount(0)

  await remind(otherTab).click()
  const refusal = otherTab.getByRole('alert').filter({ hasText: 'People were reminded less than an hour ago.' })
  await expect(refusal).toBeFocused()
  await expect(refusal).toHaveText(/You can remind again in (1 hour|59 minutes)\.$/)

  await otherTab.goto(`${server.sandboxUrl}/app/acme/lunch-club`)
  await inbox(otherTab).getByRole('link', { name: poll.title }).first().click()
  const reminder = log(otherTab).getByRole('listitem').filter({ hasText: 'reminds 3 people to vote' })
  await expect(reminder).toHaveCount(1)
  await expect(reminder).toContainText('Not voted yet: Otto, Nora and 1 more.')
  await expect(reminder).not.toContainText('Vera')
})

test('after the chat was down, “Try now” posts what waited, and the page says that it works again', async ({
  page,
  server,
  request,
}) => {
  await pair(page, server, 'lunch-club', 'Down for lunch')
  const faults = `${server.sandboxUrl}/sandbox/faults`
  const connection = page.getByRole('article').filter({ hasText: 'Down for lunch' })
  const result = page.locator('p.done')
  await request.put(faults, {
    data: { faults: [{ kind: 'status', status: 503, retryAfter: 3_000, path: '/messages' }] },
  })
  try {
    await (await personOf(page, 'Maija Virtanen')).createPoll({ title: 'Posted late' })
    await expect(async () => {
      await page.goto('/connections')
      await expect(connection).toContainText('Failing', { timeout: 500 })
    }).toPass()
    await expect(connection).toContainText('in 50 minutes')
    await connection.getByRole('button', { name: 'Try now' }).click()
    await expect(result).toHaveText('It still fails. Polldock keeps trying.')
  } finally {
    await request.delete(faults)
  }
  await connection.getByRole('button', { name: 'Try now' }).click()
  await expect(result).toHaveText('It works again. All messages were posted.')
  await expect(connection).toContainText('Active')
  await expect(connection).toContainText('delivery has worked since')
  await expect(button(page, 'Try now')).toHaveCount(0)
  await page.goto(`${server.sandboxUrl}/app/acme/lunch-club`)
  await expect(inbox(page).getByRole('link', { name: 'Posted late' }).first()).toBeVisible()
})
