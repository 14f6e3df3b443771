import { type PersonPoll, signIn } from './support/person.ts'
import { choice, expectOptions, field, giveName, myVote, vote } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const activity = (page: Page) => page.getByRole('region', { name: 'Activity' }).getByRole('listitem')

/** Opens the poll, and fails the test if the page is ever reloaded. */
async function watch(page: Page, poll: PersonPoll): Promise<void> {
  const connected = page.waitForResponse(/\/stream\?/)
  await page.goto(poll.url)
  await connected
  await page.evaluate(() => Object.assign(window, { untouched: true }))
}

async function expectNeverReloaded(...pages: Page[]): Promise<void> {
  for (const page of pages) expect(await page.evaluate(() => 'untouched' in window)).toBe(true)
}

test('two browsers see each other vote, change and withdraw', async ({ page, visitor, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Duel', options: ['Noodles', 'Soup'] })
  const other = await visitor()
  await signIn(page, 'Bob')
  await signIn(other, 'Cleo')
  await watch(page, poll)
  await watch(other, poll)

  await vote(page, 'Soup')
  await expect(other.getByText('Soup leads')).toBeVisible()
  await expectOptions(other, [/0% 0 votes/, /100% 1 vote/])
  await expect(activity(other).first()).toContainText('Bob voted for Soup')
  await expect(myVote(other)).toHaveCount(0)

  await vote(other, 'Noodles')
  await expect(page.getByText('It is a tie so far: Noodles and Soup')).toBeVisible()
  await expect(myVote(page)).toContainText('Soup')
  await expect(myVote(other)).toContainText('Noodles')

  await vote(other, 'Soup')
  await expect(page.getByText('Soup leads')).toBeVisible()
  await expectOptions(page, [/0% 0 votes/, /100% 2 votes/])
  await page.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(other.getByText('1 vote', { exact: true }).first()).toBeVisible()
  await expect(activity(other)).toContainText([
    'Bob voted and withdrew the vote',
    'Cleo voted for Soup',
    'Ada created the poll',
  ])
  await expect(activity(other)).toHaveCount(3)
  await expectNeverReloaded(page, other)
})

test('an open page shows who voted for what once the poll closes', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Hidden', resultsVisible: 'after_closing' })
  await watch(page, poll)
  await ada.vote(poll, 'Soup')
  await expect(activity(page)).toContainText(['Ada voted', 'Ada created the poll'])
  await expect(activity(page).first()).not.toContainText('Soup')
  await ada.close(poll)
  await expect(activity(page)).toContainText(['Ada closed the poll', 'Ada voted for Soup', 'Ada created the poll'])
  await expectNeverReloaded(page)
})

test('an open page shows new options and comments, closing, reopening, and a new title', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Watch me', options: ['Noodles', 'Soup'] })
  await watch(page, poll)

  await ada.addOption(poll, 'Rice')
  await expect(choice(page, 'Rice')).toBeVisible()
  await ada.comment(poll, 'Well, <b>well</b>: https://example.org')
  await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Well, <b>well</b>')
  await expect(page.getByRole('link', { name: 'https://example.org' })).toBeVisible()
  await ada.vote(poll, 'Soup')
  await expect(page.getByText('Soup leads')).toBeVisible()

  await ada.close(poll)
  await expect(page.getByText('Winner: Soup').first()).toBeVisible()
  await expect(choice(page, 'Soup')).toHaveCount(0)
  await expect(field(page, 'Add an option')).toBeHidden()
  await expect(field(page, 'Add a comment')).toBeVisible()
  await ada.reopen(poll)
  await expect(choice(page, 'Soup')).toBeVisible()
  await expect(field(page, 'Add an option')).toBeVisible()

  await ada.edit(poll, { title: 'Watch this', description: 'New here' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Watch this')
  await expect(page).toHaveTitle('Watch this · Polldock')
  await expect(page.getByText('New here')).toBeVisible()
  await ada.edit(poll, { optionsOpen: false })
  await expect(field(page, 'Add an option')).toBeHidden()
  await expectNeverReloaded(page)
})

/** Headless Chromium hides no page: this dispatches the event of a switch to another tab. */
async function setHidden(page: Page, isHidden: boolean): Promise<void> {
  await page.evaluate((isHidden) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value: isHidden })
    Object.defineProperty(document, 'visibilityState', { configurable: true, value: isHidden ? 'hidden' : 'visible' })
    document.dispatchEvent(new Event('visibilitychange'))
  }, isHidden)
}

test('with more pages open than a browser has connections, each page is current when shown', async ({
  context,
  guest,
}) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Many tabs' })
  const tabs: Page[] = []
  for (let count = 0; count < 8; count++) {
    if (tabs[0]) await setHidden(tabs[0], true)
    tabs.unshift(await context.newPage())
    await watch(tabs[0] as Page, poll)
  }
  const [shown, ...hidden] = tabs as [Page, ...Page[]]
  await ada.vote(poll, 'Soup')
  await expect(shown.getByText('Soup leads')).toBeVisible()
  await setHidden(shown, true)
  for (const tab of hidden) {
    await expect(tab.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
    await setHidden(tab, false)
    await expect(tab.getByText('Soup leads')).toBeVisible()
    await setHidden(tab, true)
  }
  await setHidden(shown, false)
  await vote(shown, 'Noodles')
  await giveName(shown, 'Bob')
  await expect(myVote(shown)).toContainText('Noodles')
  await expectNeverReloaded(...hidden)
})

test('the page says that the poll was deleted', async ({ page, guest, provoke }) => {
  provoke(failedLoad(410))
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Soon gone' })
  await watch(page, poll)
  await ada.delete(poll)
  await expect(page.getByRole('heading', { name: 'This poll is gone' })).toBeVisible()
})

test('updates keep the text that a person is typing', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Quiet please' })
  await signIn(page, 'Bob')
  await watch(page, poll)
  await field(page, 'Add an option').fill('Half an opt')
  await field(page, 'Add a comment').pressSequentially('Half a th')
  await ada.vote(poll, 'Soup')
  await ada.comment(poll, 'Meanwhile')
  await ada.addOption(poll, 'Rice')
  await ada.edit(poll, { title: 'Quiet, please' })
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('Quiet, please')
  await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Meanwhile')

  await expect(field(page, 'Add a comment')).toBeFocused()
  await page.keyboard.type('ought')
  await expect(field(page, 'Add a comment')).toHaveValue('Half a thought')
  await expect(field(page, 'Add an option')).toHaveValue('Half an opt')
  // The person's own actions keep it, too.
  await vote(page, 'Noodles')
  await expect(myVote(page)).toContainText('Noodles')
  await expect(field(page, 'Add a comment')).toHaveValue('Half a thought')
  await expect(field(page, 'Add an option')).toHaveValue('Half an opt')
  await page.getByRole('button', { name: 'Comment' }).click()
  await expect(page.getByRole('region', { name: 'Comments 2' })).toContainText('Half a thought')
  await expect(field(page, 'Add an option')).toHaveValue('Half an opt')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expectOptions(page, ['Noodles', 'Soup', 'Rice', 'Half an opt'])
  await expectNeverReloaded(page)
})

test('two tabs of one person both show their choice', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Twice me' })
  await signIn(page, 'Bob')
  const tab = await page.context().newPage()
  await watch(page, poll)
  await watch(tab, poll)
  await vote(page, 'Soup')
  await expect(myVote(tab)).toContainText('Soup')
  await expect(tab.getByRole('button', { name: 'Withdraw my vote' })).toBeVisible()
  await vote(tab, 'Noodles')
  await expect(myVote(page)).toContainText('Noodles')
  await expect(myVote(page)).toHaveCount(1)
  await page.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(myVote(tab)).toHaveCount(0)
  await expect(tab.getByRole('button', { name: 'Withdraw my vote' })).toBeHidden()
  await expectNeverReloaded(page, tab)
})

test('a voter’s choice stays marked while others vote', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Crowd' })
  await signIn(page, 'Bob')
  await watch(page, poll)
  await vote(page, 'Soup')
  await expect(myVote(page)).toContainText('Soup')
  const others = await Promise.all(Array.from({ length: 12 }, (_, index) => guest(`Guest ${index}`)))
  await Promise.all(others.map((other) => other.vote(poll, 'Noodles')))
  await expectOptions(page, [/92% 12 votes/, /8% 1 vote/])
  await expect(myVote(page)).toContainText('Soup')
  await expect(choice(page, 'Soup')).toBeChecked()
  await expectNeverReloaded(page)
})

test('screen readers announce changes, but not every vote', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Listen' })
  await watch(page, poll)
  await ada.vote(poll, 'Soup')
  await ada.vote(poll, 'Noodles')
  await expect(page.getByRole('status').filter({ hasText: 'Noodles leads 1 vote' })).toBeAttached({ timeout: 8_000 })
})

test.describe('a lost connection', () => {
  test.use({ baseURL: ({ emptyServer }, use) => use(emptyServer.url) })

  const notice = (page: Page) => page.getByText('Not connected. What you see may be old')

  test.beforeEach(({ provoke }) => {
    test.slow()
    provoke(/Failed to load resource: net::ERR_/)
    // A stopping server still answers requests that reach it.
    provoke(failedLoad(503))
  })

  test('is shown, recovers, and catches up with missed events', async ({ page, visitor, guest, emptyServer }) => {
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Through a tunnel' })
    await signIn(page, 'Bob')
    await watch(page, poll)
    await vote(page, 'Soup')
    await expect(myVote(page)).toContainText('Soup')
    await expect(notice(page)).toBeHidden()
    await field(page, 'Add a comment').fill('Half a thought')

    // For this page only, the server stays away longer.
    await page.context().setOffline(true)
    await emptyServer.stop()
    await expect(notice(page)).toBeVisible()
    await expect(notice(page)).toBeInViewport()
    await emptyServer.start()
    const other = await visitor()
    await other.goto(poll.url)
    await vote(other, 'Noodles')
    await giveName(other, 'Cleo')
    await ada.comment(poll, 'While you were away')
    await ada.addOption(poll, 'Rice')
    await ada.edit(poll, { title: 'Out of the tunnel' })
    await page.context().setOffline(false)

    await expect(notice(page)).toBeHidden({ timeout: 15_000 })
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Out of the tunnel')
    await expectOptions(page, [/Noodles.*50% 1 vote/s, /Soup.*50% 1 vote/s, 'Rice'])
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('While you were away')
    await expect(activity(page)).toContainText([
      'Ada changed the title',
      'Ada added the option Rice',
      'Ada commented',
      'Cleo voted for Noodles',
      'Bob voted for Soup',
      'Ada created the poll',
    ])
    await expect(activity(page)).toHaveCount(6)
    await expect(myVote(page)).toContainText('Soup')
    await expect(field(page, 'Add a comment')).toHaveValue('Half a thought')
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(page.getByRole('region', { name: 'Comments 2' })).toContainText('Half a thought')
    await expectNeverReloaded(page)
  })

  test('that was long shows the comments, the choice from another tab and the link to all activity', async ({
    page,
    guest,
    emptyServer,
  }) => {
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'A long tunnel' })
    const others = await Promise.all(Array.from({ length: 25 }, (_, index) => guest(`Guest ${index}`)))
    const bob = await signIn(page, 'Bob')
    await watch(page, poll)
    await page.context().setOffline(true)
    await emptyServer.stop()
    await emptyServer.start()
    await ada.comment(poll, 'First of all')
    await Promise.all(others.map((other) => other.vote(poll, 'Noodles')))
    await page.context().setOffline(false)
    await bob.vote(poll, 'Soup')

    await expectOptions(page, [/96% 25 votes/, /4% 1 vote/])
    await expect(myVote(page)).toContainText('Soup')
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('First of all')
    await expect(activity(page)).toHaveCount(20)
    await expect(page.getByRole('link', { name: 'All activity' })).toBeVisible()
    await expect(page.getByRole('link', { name: 'All comments' })).toBeHidden()
    await expectNeverReloaded(page)
  })

  test('says afterwards that the poll was deleted', async ({ page, guest, emptyServer, provoke }) => {
    provoke(failedLoad(410))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Lost in the tunnel' })
    await watch(page, poll)
    await emptyServer.stop()
    await expect(notice(page)).toBeVisible()
    await emptyServer.start()
    await ada.delete(poll)
    await expect(page.getByRole('heading', { name: 'This poll is gone' })).toBeVisible({ timeout: 15_000 })
  })
})

test('after the creator signs out in another tab, the page stays live and hides the creator’s buttons', async ({
  page,
  guest,
}) => {
  const poll = await (await signIn(page, 'Ada')).createPoll({ title: 'Mine', options: ['Noodles', 'Soup'] })
  await watch(page, poll)
  await expect(page.locator('#creator')).toHaveCount(1)
  await page.context().clearCookies()
  await (await guest('Bob')).vote(poll, 'Soup')
  await expect(page.getByText('Soup leads')).toBeVisible()
  await expect(page.locator('#creator')).toHaveCount(0)
  await (await guest('Cleo')).vote(poll, 'Noodles')
  await expect(page.getByText('It is a tie so far: Noodles and Soup')).toBeVisible()
  await expect(page.getByText('Not connected.')).toBeHidden()
  await expectNeverReloaded(page)
})
