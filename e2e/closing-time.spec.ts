import { expectAccessible } from './support/accessible.ts'
import { choice, field, giveName, openSettings, vote } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const closes = (page: Page) => page.locator('#head .closes')
const closingTime = (page: Page) => page.getByLabel(/^Closing time/)
const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString().slice(0, 10)

async function fillForm(page: Page): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Until when?')
  await field(page, 'Option 1').fill('Noodles')
  await field(page, 'Option 2').fill('Soup')
  await openSettings(page)
}

test.describe('in India', () => {
  test.use({ timezoneId: 'Asia/Kolkata' })

  test('a closing time is typed and shown in each viewer’s time zone', async ({ page, visitor, provoke }) => {
    await fillForm(page)
    await expect(page.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Asia/Calcutta')
    await closingTime(page).fill(`${inTwoDays}T17:30`)
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await giveName(page, 'Ada')
    await expect(closes(page)).toHaveText(/^Closes in [12] days?(, \d+ hours?)?\s+· .* at 17:30\s*$/)
    await expectAccessible(page)

    const elsewhere = await visitor({ timezoneId: 'America/New_York' })
    await elsewhere.goto(page.url())
    await expect(closes(elsewhere)).toContainText(/at 0[78]:00\s*$/)
    await elsewhere.goto('/')
    await expect(elsewhere.getByText(/closes in [12] day/)).toBeVisible()

    await page.getByRole('link', { name: 'Edit' }).click()
    await expect(closingTime(page)).toHaveValue(`${inTwoDays}T17:30`)
    // On the way back to a page, WebKit restores fields after the scripts have run, some to their value in the
    // HTML.
    await closingTime(page).evaluate((input: HTMLInputElement) => {
      input.value = input.defaultValue
    })
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(closes(page)).toBeVisible()
    await expect(page.getByText('Ada set the closing time')).toHaveCount(0)

    provoke(failedLoad(422))
    await page.getByRole('link', { name: 'Edit' }).click()
    await closingTime(page).fill('2020-02-02T02:02')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('The closing time is in the past.')).toBeVisible()
    await expect(closingTime(page)).toHaveValue('2020-02-02T02:02')
    await expect(closingTime(page)).toBeFocused()
    await closingTime(page).fill(`${inTwoDays}T18:45`)
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('Ada set the closing time')).toContainText('at 18:45 GMT+5:30')
    await expect(closes(page)).toContainText('at 18:45')
  })
})

test.describe('in Nepal', () => {
  test.use({ timezoneId: 'Asia/Kathmandu' })

  test('a poll that never closes keeps the zone of its creator’s browser, for downloads', async ({ page, visitor }) => {
    await fillForm(page)
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await giveName(page, 'Ada')
    await vote(page, 'Soup')
    const elsewhere = await visitor({ timezoneId: 'America/New_York' })
    await elsewhere.goto(page.url())
    const file = await elsewhere.getByRole('link', { name: 'votes (CSV)' }).getAttribute('href')
    const csv = await (await elsewhere.request.get(file ?? '')).text()
    expect(csv).toContain('voter,voted_at (Asia/Katmandu),Noodles,Soup')
  })
})

test('a poll counts down, and closes on time on an open page', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const closesAt = new Date(Date.now() + 6_000).toISOString()
  const poll = await ada.createPoll({ title: 'Quick?', closesAt })
  await ada.vote(poll, 'Soup')
  await page.goto(poll.url)
  await expect(closes(page)).toHaveText(/Closes in [1-6] seconds?\s+· /)
  await expect(page.getByText('Closed', { exact: true })).toBeVisible()
  await expect(closes(page)).toHaveText('Closed just now')
  await expect(page.getByText('Winner: Soup', { exact: true })).toBeVisible()
  await expect(page.getByText('Ada closed the poll on time')).toBeVisible()
  await expect(choice(page, 'Soup')).toHaveCount(0)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a closing time uses the chosen time zone', async ({ page }) => {
    await fillForm(page)
    await closingTime(page).fill(`${inTwoDays}T19:00`)
    await page.getByRole('combobox', { name: 'Time zone' }).selectOption('Africa/Lagos')
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await giveName(page, 'Ada')
    await expect(closes(page)).toContainText(/^Closes in \d days?\s+· .* at 19:00 (GMT\+1|WAT)\s*$/)
  })
})
