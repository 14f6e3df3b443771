import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { choice, expectOptions, field, myVote } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const save = (page: Page) => page.getByRole('button', { name: 'Save my choices' }).click()

async function createPoll(page: Page, most: string): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Which toppings?')
  for (const [index, title] of ['Olives', 'Corn', 'Basil'].entries())
    await field(page, `Option ${index + 1}`).fill(title)
  await page.getByRole('radio', { name: /^Pick several/ }).check()
  await field(page, 'Maximum number of options per person').fill(most)
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('several options are chosen, saved once, and stay while others vote', async ({
  page,
  visitor,
  guest,
  provoke,
}) => {
  await signIn(page, 'Ada')
  await createPoll(page, '2')
  await expect(page.getByText('Choose up to 2 options')).toBeVisible()
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())

  await choice(page, 'Olives').check()
  await choice(page, 'Basil').check()
  await expect(page.getByText('Not saved yet: 2 of 2 chosen.')).toBeVisible()
  await expect(myVote(page)).toHaveCount(0)
  await save(page)
  await expect(myVote(page)).toContainText(['Olives', 'Basil'])
  await expect(page.getByText('Your vote for Olives and Basil is counted.').first()).toBeVisible()
  await expect(page.locator('#event-list li')).toHaveCount(2)
  // An unsaved choice stays while others vote.
  await choice(other, 'Corn').check()
  await choice(page, 'Basil').uncheck()
  const cleo = await guest('Cleo')
  await cleo.cast(await cleo.poll(new URL(page.url()).pathname.slice(-16)), (ids) => ids.slice(2))
  await expectOptions(other, ['50% 1 vote', '0% 0 votes', '100% 2 votes'])
  await expect(choice(other, 'Corn')).toBeChecked()
  await expect(choice(page, 'Basil')).not.toBeChecked()
  await expectAccessible(page)

  provoke(failedLoad(422))
  for (const title of ['Basil', 'Corn']) await choice(page, title).check()
  await expect(page.getByText('You chose 3. Choose up to 2.').first()).toBeVisible()
  await save(page)
  await expect(page.getByRole('alert')).toHaveText(/^Choose at most 2 options: withdraw one/)
  await expect(myVote(page)).toContainText(['Olives', 'Basil'])
  await expect(choice(page, 'Corn')).toBeChecked()
  await choice(page, 'Olives').uncheck()
  await save(page)
  await expect(myVote(page)).toContainText(['Corn', 'Basil'])
  await expect(choice(page, 'Corn')).toBeFocused()
  await page.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(myVote(page)).toHaveCount(0)
  await expect(choice(page, 'Corn')).not.toBeChecked()
})

test('the form asks for the maximum only where it applies', async ({ page }) => {
  await page.goto('/polls/new')
  await expect(field(page, 'Maximum number of options per person')).toBeHidden()
  await page.getByRole('radio', { name: /^Pick several/ }).check()
  await expect(field(page, 'Maximum number of options per person')).toBeVisible()
  await expectAccessible(page)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('several options are chosen and withdrawn', async ({ page, provoke }) => {
    provoke(failedLoad(422))
    await signIn(page, 'Ada')
    await createPoll(page, '')
    await choice(page, 'Olives').check()
    await choice(page, 'Basil').check()
    await save(page)
    await expect(myVote(page)).toContainText(['Olives', 'Basil'])
    await choice(page, 'Olives').uncheck()
    await save(page)
    await expect(myVote(page)).toContainText(['Basil'])
    await expect(page.getByText('Your vote for Basil is counted.')).toBeVisible()
    // Nothing chosen is a withdrawal.
    await choice(page, 'Basil').uncheck()
    await save(page)
    await expect(page.getByText('Your vote was withdrawn.')).toBeVisible()
    await save(page)
    await expect(page.getByRole('alert')).toContainText('Choose at least one option')
  })
})
