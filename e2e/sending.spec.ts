import { signIn } from './support/person.ts'
import { castButton, choice, expectOptions, field, vote } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

type Outcome = 'answer' | 'busy server' | 'no network' | 'file' | 'no page'

/** Holds the form requests to this path until the test decides their result. */
async function holdForms(page: Page, path: string) {
  let [sent, finish] = [0, (_: Outcome) => {}]
  await page.route(path, async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    sent += 1
    const outcome = await new Promise<Outcome>((resolve) => {
      finish = resolve
    })
    if (outcome === 'no network') return route.abort()
    if (outcome === 'no page') return route.fulfill({ status: 204 })
    if (outcome === 'busy server') return route.fulfill({ status: 503, contentType: 'text/html', body: '' })
    if (outcome === 'file')
      return route.fulfill({ headers: { 'content-disposition': 'attachment; filename="votes.csv"' }, body: 'votes' })
    return route.continue()
  })
  return { count: () => sent, finish: (outcome: Outcome) => finish(outcome) }
}

/**
 * Clicks twice and counts in one call, as Playwright waits for the page to which a form leads.
 * @returns the number of busy buttons after the clicks
 */
function clickTwice(page: Page, name: string, { stopAfter }: { stopAfter?: number } = {}): Promise<number> {
  return page.evaluate(
    ([text, milliseconds]) => {
      const button = [...document.querySelectorAll('button')].find(({ textContent }) => textContent === text)
      button?.click()
      button?.click()
      if (milliseconds !== undefined) setTimeout(() => window.stop(), milliseconds)
      return document.querySelectorAll('button[aria-busy=true]').length
    },
    [name, stopAfter] as const,
  )
}

const busyButtons = (page: Page) => page.locator('button[aria-busy]')
/** Before the timeout that releases every button. */
const expectReleased = (page: Page) => expect(busyButtons(page)).toHaveCount(0, { timeout: 5_000 })

test('a button is busy until the response arrives, and a second click sends nothing', async ({
  page,
  guest,
  provoke,
}) => {
  provoke(failedLoad(503), /net::ERR_FAILED/, /TypeError: Failed to fetch/)
  const poll = await (await guest('Ada')).createPoll({ title: 'Slow answers' })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  const forms = await holdForms(page, '**/comments')
  const button = page.getByRole('button', { name: 'Comment' })
  await field(page, 'Add a comment').fill('Once')
  for (const outcome of ['busy server', 'no network', 'answer'] as const) {
    const before = forms.count()
    await button.dblclick()
    await expect(button).toHaveAttribute('aria-busy', 'true')
    await expect.poll(forms.count).toBe(before + 1)
    forms.finish(outcome)
    await expectReleased(page)
    expect(forms.count()).toBe(before + 1)
  }
  await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Once')

  await field(page, 'Add a comment').fill('Never')
  await button.click()
  await expect(button).toHaveAttribute('aria-busy', 'true')
  await page.locator('#comment-form').dispatchEvent('htmx:abort')
  await expectReleased(page)
})

test('a busy button stays busy when others vote, and is released when the vote is stored', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Busy poll' })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  const forms = await holdForms(page, '**/ballot')
  await vote(page, 'Noodles')
  await (await guest('Cleo')).vote(poll, 'Soup')
  await expectOptions(page, [/0 votes/, /1 vote/])
  await expect(castButton(page)).toHaveAttribute('aria-busy', 'true')
  await expect(choice(page, 'Noodles')).toBeChecked()
  forms.finish('answer')
  await expectReleased(page)
  await expectOptions(page, [/1 vote/, /1 vote/])
  expect(forms.count()).toBe(1)
})

test('two clicks create one poll, also after Stop, and Back leads to a form that can be sent', async ({ page }) => {
  await signIn(page, 'Bob')
  await page.goto('/polls/new')
  const forms = await holdForms(page, '**/polls')
  await field(page, 'Question').fill('Two clicks?')
  await field(page, 'Option 1').fill('A')
  await field(page, 'Option 2').fill('B')
  expect(await clickTwice(page, 'Create the poll', { stopAfter: 500 })).toBe(1)
  await expect.poll(forms.count).toBe(1)
  await expectReleased(page)
  expect(await clickTwice(page, 'Create the poll')).toBe(1)
  await expect.poll(forms.count).toBe(2)
  forms.finish('answer')
  await expect(page.getByRole('heading', { level: 1, name: 'Two clicks?' })).toBeVisible()
  expect(forms.count()).toBe(2)
  await page.goBack()
  await expect(page.getByRole('button', { name: 'Create the poll' })).toBeVisible()
  await expectReleased(page)
})

test('a button is released after a download starts, and when the browser shows a cached page', async ({ page }) => {
  await signIn(page, 'Bob')
  await page.clock.install()
  await page.goto('/me')
  const forms = await holdForms(page, '**/me/name')
  expect(await clickTwice(page, 'Save')).toBe(1)
  await expect.poll(forms.count).toBe(1)
  forms.finish('file')
  await page.clock.fastForward(15_000)
  await expectReleased(page)

  expect(await clickTwice(page, 'Save')).toBe(1)
  await expect.poll(forms.count).toBe(2)
  forms.finish('no page')
  // Playwright's browser has no back-forward cache, which sends this event.
  await page.evaluate(() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true })))
  await expectReleased(page)
})

test('the creator’s buttons follow the poll: after a vote it cannot be deleted', async ({ page, guest }) => {
  const bob = await guest('Bob')
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'No longer to be deleted' })
  await page.goto(poll.url)
  await page.getByText('Delete …').click()
  await expect(page.getByText('Nobody has voted yet, so you can delete this poll.')).toBeVisible()
  await bob.vote(poll, 'Soup')
  await expect(page.getByText('Delete …')).toHaveCount(0)
  await bob.withdraw(poll)
  await expect(page.getByText('Delete …')).toBeVisible()
})

test('the page says that a vote is being saved, and if it was not', async ({ page, guest, provoke }) => {
  provoke(failedLoad(503), /net::ERR_FAILED/, /TypeError: Failed to fetch/)
  const poll = await (await guest('Ada')).createPoll({ title: 'Slow votes' })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  const forms = await holdForms(page, '**/ballot')
  const state = page.locator('#unsaved')
  await choice(page, 'Soup').check()
  for (const outcome of ['busy server', 'no network', 'answer'] as const) {
    const before = forms.count()
    await castButton(page).click()
    await expect.poll(forms.count).toBe(before + 1)
    await expect(state).toHaveText('Saving …')
    forms.finish(outcome)
    await expect(state).toHaveText(outcome === 'answer' ? '' : 'Not saved yet')
  }
  await expect(page.locator('#vote-status')).toContainText('Your vote for Soup is counted.')
})
