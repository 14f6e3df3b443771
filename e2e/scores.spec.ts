import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const points = (page: Page, title: string, given: number) =>
  page.getByRole('group', { name: title, exact: true }).getByRole('radio', { name: String(given), exact: true })
const save = (page: Page) => page.getByRole('button', { name: 'Save my points' }).click()

async function createPoll(page: Page): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('How do you like them?')
  for (const [index, title] of ['Apples', 'Plums'].entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByRole('radio', { name: /^Score/ }).check()
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('points are given by clicks and by the keyboard, and appear in every window at once', async ({
  page,
  visitor,
}) => {
  const ada = await signIn(page, 'Ada')
  await createPoll(page)
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())

  await points(page, 'Apples', 5).check()
  await points(page, 'Plums', 0).focus()
  for (let presses = 0; presses < 2; presses++) await page.keyboard.press('ArrowRight')
  await points(other, 'Plums', 1).check()
  await save(page)
  await expect(page.locator('#vote-status')).toContainText('Your points are counted. You can change them')
  await expect(page.getByText('Not saved yet')).toBeHidden()
  await expect(other.getByText('Not saved yet')).toBeVisible()
  await expect(other.locator('#standing')).toContainText('Apples leads')
  await expectAccessible(page)

  // Unsaved points stay while others vote and add options.
  await page.getByLabel('Something missing? Add an option').fill('Pears')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(points(other, 'Pears', 0)).not.toBeChecked()
  await expect(points(other, 'Plums', 1)).toBeChecked()
  await points(other, 'Pears', 5).check()
  const id = new URL(page.url()).pathname.slice(-16)
  await ada.renameOption(await ada.poll(id), 'Pears', 'Figs')
  // Points for the old title do not count for the new one: the page asks again.
  await expect(points(other, 'Figs', 5)).not.toBeChecked()
  await points(other, 'Figs', 5).check()
  await save(other)
  await expect(page.locator('#standing')).toContainText('It is a tie so far: Apples and Figs')
  await expect(points(page, 'Apples', 5)).toBeChecked()
  await expect(points(page, 'Plums', 2)).toBeChecked()

  await page.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(points(page, 'Apples', 5)).not.toBeChecked()
})

test('a ballot without a score is refused', async ({ page, guest, provoke }) => {
  provoke(failedLoad(422))
  const poll = await (await guest('Ada')).createPoll({ title: 'How good?', method: 'score' })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await save(page)
  await expect(page.getByRole('alert')).toHaveText('Give at least one option 0 to 5 points, or withdraw your vote.')
  await expect(page.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('points are given by a plain form', async ({ page }) => {
    await signIn(page, 'Ada')
    await createPoll(page)
    await points(page, 'Plums', 3).check()
    await save(page)
    await expect(page.locator('#standing')).toContainText('Plums leads')
    await expect(points(page, 'Plums', 3)).toBeChecked()
    await page.getByRole('button', { name: 'Withdraw my vote' }).click()
    await expect(page.locator('#standing')).toContainText('Nobody has voted yet')
  })
})
