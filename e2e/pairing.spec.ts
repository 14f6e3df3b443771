import { expectAccessible } from './support/accessible.ts'
import { button, createPoll, inbox, log, pair, status, test } from './support/flowdock.ts'
import { field, giveName, vote } from './support/poll-page.ts'
import { expect, failedLoad, type Page } from './support/test.ts'

test('a newcomer connects a flow in three clicks', async ({ page }) => {
  await page.goto('/')
  await page.getByRole('link', { name: 'Connect a Flowdock flow' }).first().click()
  await button(page, 'Allow').click()
  await button(page, 'Connect').click()
  await expect(page.getByText('The flow is connected.')).toBeVisible()
})

test('a poll and its events appear in the inbox without a reload', async ({ page, visitor, server }) => {
  await pair(page, server, 'main', 'Polls of the team')
  const flowdock = await visitor()
  await flowdock.goto(`${server.sandboxUrl}/app/acme/main`)

  await createPoll(page, 'What do we cook?', ['Noodles', 'Soup'])
  // Another test may have connected the flow as well: then the poll has a thread for each connection.
  await inbox(flowdock).getByRole('link', { name: 'What do we cook?' }).first().click()
  await expect(flowdock.getByRole('heading', { level: 1 })).toHaveText('What do we cook?')
  await expect(status(flowdock)).toHaveText('open')
  await expect(log(flowdock)).toContainText('Maija Virtanen asks: ')

  await vote(page, 'Noodles')
  await expect(log(flowdock)).toContainText('voted for Noodles')
  await expect(flowdock.getByRole('row', { name: 'Noodles' })).toContainText('100%')

  const guest = await visitor()
  await guest.goto(new URL(page.url()).pathname)
  await field(guest, 'Add a comment').fill('Soup is for winter')
  await button(guest, 'Comment').click()
  await giveName(guest, 'Ann')
  await expect(log(flowdock)).toContainText('Soup is for winter')

  await button(page, 'Close the poll').click()
  await expect(log(flowdock)).toContainText('closed the poll')
  await expect(status(flowdock)).toHaveText('closed')
  // A page polls again after fifteen seconds at most.
  // The connection of another test may be behind.
  const mirrored = page.getByText('In Flowdock: Acme / Main').filter({ hasText: 'up to date' })
  await expect(mirrored.first()).toBeVisible({ timeout: 25_000 })
})

/** Opens the page that connects a flow, with every open poll of some categories chosen. */
async function chooseCategories(page: Page, categories: string): Promise<void> {
  await page.goto('/flowdock/setup')
  await button(page, 'Allow').click()
  await page.getByLabel('Only polls of these categories').check()
  await page
    .getByRole('textbox', { name: 'Others' })
    .or(page.getByRole('textbox', { name: 'Categories' }))
    .fill(categories)
  await page.getByRole('radio', { name: 'Every open poll' }).check()
}

test('the number of polls that are posted follows the chosen categories', async ({ page, guest }) => {
  await (await guest('Ann')).createPoll({ title: 'What shall we plant?', category: 'Gardening' })
  await chooseCategories(page, 'gardening')
  const every = page.getByRole('radio', { name: 'Every open poll' })
  await expect(every).toHaveAccessibleName(/: posts 1 open poll \(only gardening\) now$/)
  await expect(every).toBeChecked()
  await expect(page.getByRole('status').filter({ hasText: 'posts 1 open poll' })).toHaveCount(1)
  await button(page, 'Connect').click()
  await expect(page.getByText('The flow is connected')).toBeVisible()
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('polls are posted only after the page has said how many', async ({ page, guest }) => {
    await (await guest('Ann')).createPoll({ title: 'What shall we knit?', category: 'Knitting' })
    await chooseCategories(page, 'Knitting')
    await button(page, 'Connect').click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Post 1 open poll \(only \w+\) to /)
    await button(page, 'Change the settings').click()
    const every = page.getByRole('radio', { name: 'Every open poll' })
    await expect(every).toHaveAccessibleName(/: posts 1 open poll \(only Knitting\) now$/)
    await button(page, 'Connect').click()
    await expect(page.getByText('Polldock is posting the open polls')).toBeVisible()
  })

  test('a flow is connected, configured, paused and disconnected', async ({ page, server }) => {
    await pair(page, server, 'lunch-club', 'Just for a moment')
    const connection = page.getByRole('article').filter({ hasText: 'Just for a moment' })
    await connection.getByRole('link', { name: 'Configure' }).click()
    await page.getByLabel('Only polls of these categories').check()
    await field(page, 'Categories').or(field(page, 'Others')).fill('Food')
    await page.getByLabel('Votes').uncheck()
    await button(page, 'Save').click()
    await expect(connection).toContainText('Comments, new options, opening, closing and other changes of the poll')
    await expect(connection).toContainText('Food')
    await connection.getByRole('button', { name: 'Pause' }).click()
    await expect(connection).toContainText('Paused')
    await connection.getByRole('link', { name: 'Disconnect' }).click()
    await button(page, 'Disconnect and remove the source').click()
    await button(page, 'Allow').click()
    await expect(page.getByText('its source is removed')).toBeVisible()
    await page.goto(`${server.sandboxUrl}/app/acme/lunch-club/settings`)
    await expect(page.getByText('Just for a moment')).toHaveCount(0)
  })

  test('a person who refuses access reads what to do', async ({ page, server, provoke }) => {
    provoke(failedLoad(403))
    await page.goto(`${server.sandboxUrl}/app/acme/main/settings`)
    await page.getByRole('link', { name: 'Set up Polldock' }).click()
    await button(page, 'Deny').click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('You did not allow access')
    await page.getByRole('link', { name: 'Try again' }).click()
    await expect(button(page, 'Allow')).toBeVisible()
  })
})

test('axe finds nothing on these pages', async ({ page, server, guest, provoke }) => {
  provoke(failedLoad(403), failedLoad(422))
  test.slow()
  await page.goto('/connections')
  await expectAccessible(page)
  await page.goto('/flowdock/setup')
  await button(page, 'Deny').click()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Try again' }).click()
  await button(page, 'Allow').click()
  await expectAccessible(page)
  await page.getByLabel('Only polls of these categories').check()
  await field(page, 'Name').fill('')
  await button(page, 'Connect').click()
  await expectAccessible(page)
  await (await guest('Ann')).createPoll({ title: 'What shall we sing?', category: 'Choir' })
  await chooseCategories(page, 'Choir')
  // As if another poll was created in the meantime.
  await page.locator('#shown-polls').evaluate((input) => input.setAttribute('name', 'unknown'))
  await button(page, 'Connect').click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(/^Post 1 open poll \(only \w+\) to /)
  await expectAccessible(page)
  await pair(page, server, 'lunch-club', 'Looked at')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Configure' }).first().click()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Disconnect' }).click()
  await expectAccessible(page)
})

test('the pages fit on a phone', async ({ page, server }) => {
  await page.setViewportSize({ width: 320, height: 700 })
  await pair(page, server, 'lunch-club', 'A-name-that-does-not-want-to-be-broken-anywhere-in-it')
  const expectToFit = async (heading: RegExp) => {
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.waitForLoadState('load')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  }
  await expectToFit(/^Connections$/)
  await page.getByRole('link', { name: 'Configure' }).first().click()
  await expectToFit(/^Settings of /)
  await page.getByRole('link', { name: 'Disconnect' }).click()
  await expectToFit(/^Disconnect /)
  await page.goto('/flowdock/setup')
  await button(page, 'Allow').click()
  await expectToFit(/^Connect a Flowdock flow$/)
})
