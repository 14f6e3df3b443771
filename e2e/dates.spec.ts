import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { field, openSettings } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

const answers = (page: Page, place: number) => page.locator('#dates .date').nth(place)
const say = (page: Page, place: number, what: string) => answers(page, place).getByLabel(what, { exact: true }).check()
const save = (page: Page) => page.locator('#save-dates').click()
const titles = (page: Page) => page.locator('#vote .option-title')

/**
 * An incomplete date is an error.
 * @param zone the browser's own by default
 */
async function createPoll(page: Page, zone?: string): Promise<void> {
  await page.goto('/polls/new')
  await page.getByRole('radio', { name: /^Find a date/ }).check()
  await expect(page.getByText('Write each day as in')).toBeHidden()
  await field(page, 'Question').fill('When do we meet?')
  const row = (place: number) => page.getByRole('group', { name: `Date ${place + 1}`, exact: true })
  await row(0).getByLabel('Day', { exact: true }).fill('2055-03-10')
  await row(0).getByLabel('From').fill('18:00')
  await row(0).getByLabel('To', { exact: true }).fill('20:00')
  await row(1).getByLabel('Day', { exact: true }).pressSequentially('03')
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expect(row(1).getByLabel('Day', { exact: true })).toBeFocused()
  await row(1).getByLabel('Day', { exact: true }).fill('2055-03-11')
  // A script fills in the times of the row above.
  if (!zone) await expect(row(1).getByLabel('To', { exact: true })).toHaveValue('20:00')
  for (const label of ['From', 'To']) await row(1).getByLabel(label, { exact: true }).fill('')
  await openSettings(page)
  await page.getByLabel('Others may add options').check()
  if (zone) await page.locator('#datesZone').selectOption(zone)
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test.describe('in Berlin', () => {
  test.use({ timezoneId: 'Europe/Berlin' })

  test('each person types and sees dates in their time zone', async ({ page, visitor }) => {
    await signIn(page, 'Ada')
    await createPoll(page)
    await expect(titles(page).first()).toHaveText('Wed, 10 Mar 2055, 18:00–20:00')
    await expect(page.locator('#dates [data-zone]')).toHaveText('your time zone, Europe/Berlin')
    const other = await visitor({ timezoneId: 'America/New_York' })
    await signIn(other, 'Bob')
    await other.goto(page.url())
    await expect(titles(other).first()).toHaveText('Wed, 10 Mar 2055, 12:00–14:00')
    await expect(titles(other).nth(1)).toHaveText('Thu, 11 Mar 2055')

    await say(other, 0, 'If need be')
    await say(page, 0, 'Yes')
    await say(page, 1, 'No')
    await save(page)
    await expect(other.locator('.answers-table')).toContainText('Ada')
    await expect(answers(other, 0)).toContainText('Best so far 100% 1 yes')
    await expect(other.locator('.answers-table th').nth(1)).toHaveText(/Wed.10.Mar 12:00–14:00/)
    await expect(answers(other, 0).getByLabel('If need be')).toBeChecked()
    await say(other, 1, 'Yes')
    await save(other)
    await expect(answers(page, 1)).toContainText('50% 1 yes')
    await expect(page.locator('#standing')).toContainText('Wed, 10 Mar 2055, 18:00–20:00 leads')
    await expectAccessible(page)

    await page.locator('#add-option').getByLabel('Day', { exact: true }).fill('2055-03-12')
    await page.locator('#add-option').getByRole('button', { name: 'Add' }).click()
    await expect(answers(other, 2)).toContainText('Fri, 12 Mar 2055')
    await expect(other.locator('#add-option')).toContainText('Times in your time zone, America/New York')
    await other.locator('#add-option').getByLabel('Day', { exact: true }).fill('2055-03-10')
    await other.locator('#add-option').getByLabel('From').fill('11:00')
    await other.locator('#add-option').getByRole('button', { name: 'Add' }).click()
    await expect(titles(page).first()).toHaveText('Wed, 10 Mar 2055, 17:00')
    await expect(titles(other).first()).toHaveText('Wed, 10 Mar 2055, 11:00')
    await expect(answers(other, 1).getByLabel('If need be')).toBeChecked()
    await expect(answers(other, 2).getByLabel('Yes')).toBeChecked()
    await page.getByText('Settle on a date').click()
    await page.locator('#settle').getByLabel('Thu, 11 Mar 2055').check()
    await page.getByRole('button', { name: 'Settle on this date' }).click()
    await expect(other.locator('#standing')).toContainText('Settled on Thu, 11 Mar 2055')
    await expect(other.locator('#event-list li').first()).toContainText('Ada settled on Thu, 11 Mar 2055')
    await expect(page.getByText('Settle on another date')).toBeVisible()
    await expectAccessible(page)
    const download = other.waitForEvent('download')
    await other.getByRole('link', { name: 'Add to my calendar' }).click()
    expect((await download).suggestedFilename()).toMatch(/^when-do-we-meet-.*\.ics$/)
  })
})

test('one answers yes to all dates, then changes one, and scrolls the table with the names in view', async ({
  page,
  guest,
}) => {
  const options = Array.from({ length: 20 }, (_, place) => `2055-03-${10 + place}T18:00Z/2055-03-${10 + place}T20:00Z`)
  const ben = await guest('Ben')
  const poll = await ben.createPoll({ title: 'Twenty dates', method: 'dates', timeZone: 'UTC', options })
  await ben.cast(poll, (ids) => ids.map((id) => `${id}=yes`))
  await signIn(page, 'Ada')
  await page.goto(poll.url)
  await page.getByRole('button', { name: 'Yes to all' }).click()
  await page.keyboard.press('Tab')
  await expect(answers(page, 0).getByLabel('Yes')).toBeFocused()
  await page.keyboard.press('ArrowRight')
  await expect(answers(page, 0).getByLabel('If need be')).toBeChecked()
  await expect(page.getByText('Not saved yet')).toBeVisible()
  await save(page)
  await expect(page.locator('#event-list')).toContainText('Ada answered for 20 dates')
  // In view above the last dates, also while the page shows the first.
  await expect(page.locator('#vote-status')).toBeInViewport({ ratio: 1 })
  await expect(page.locator('#vote-status')).toContainText('Your answers for 20 dates are counted.')
  await expect(page.locator('#save-dates')).toBeHidden()
  await say(page, 1, 'No')
  await expect(page.locator('#save-dates')).toBeVisible()
  await expect(answers(page, 0)).toContainText('100% 1 yes, 1 if need be')
  await expect(page.getByRole('button', { name: 'Yes to all' })).toBeVisible()
  await page.reload()

  const table = page.getByRole('group', { name: 'Availability', exact: true })
  await table.scrollIntoViewIfNeeded()
  await table.evaluate((element) => element.scrollTo({ left: element.scrollWidth }))
  await expect(table.getByRole('columnheader').last()).toBeInViewport({ ratio: 1 })
  await expect(table.getByRole('rowheader', { name: 'Ada' })).toBeInViewport({ ratio: 1 })
  await expectAccessible(page)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('dates are typed in a chosen time zone, and answered by a plain form', async ({ page }) => {
    await signIn(page, 'Ada')
    await createPoll(page, 'UTC')
    await expect(titles(page).first()).toHaveText('Wed, 10 Mar 2055, 18:00–20:00 UTC')
    await expect(page.getByRole('button', { name: 'Yes to all' })).toBeHidden()
    await say(page, 1, 'If need be')
    await save(page)
    await expect(page.locator('#standing')).toContainText('Thu, 11 Mar 2055 leads')
    await page.getByRole('button', { name: 'Withdraw my answers' }).click()
    await expect(page.locator('#standing')).toContainText('Nobody has voted yet')
  })
})
