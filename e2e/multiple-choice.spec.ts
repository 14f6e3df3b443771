import { expectAccessible } from './support/accessible.ts'
import { tabTo } from './support/keyboard.ts'
import { signIn } from './support/person.ts'
import { expectOptions, field, myVote, voteFor } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

async function createPoll(page: Page, most: string): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Which toppings?')
  for (const [index, title] of ['Olives', 'Corn', 'Basil'].entries())
    await field(page, `Option ${index + 1}`).fill(title)
  await page.getByRole('radio', { name: /^Pick several/ }).check()
  await field(page, 'Maximum number of options per person').fill(most)
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('several options are chosen and withdrawn, in every window at once', async ({ page, visitor, provoke }) => {
  await signIn(page, 'Ada')
  await createPoll(page, '2')
  await expect(page.getByText('Choose up to 2 options')).toBeVisible()
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())

  await voteFor(page, 'Olives').click()
  await expect(myVote(page)).toHaveCount(1)
  await voteFor(page, 'Basil').click()
  await expect(myVote(page)).toContainText(['Olives', 'Basil'])
  await voteFor(other, 'Basil').click()
  await expectOptions(other, ['50% 1 vote', '0% 0 votes', '100% 2 votes'])
  await expectOptions(page, ['50% 1 vote', '0% 0 votes', '100% 2 votes'])
  await expect(myVote(other)).toContainText(['Basil'])
  await expectAccessible(page)

  provoke(failedLoad(422))
  await voteFor(page, 'Corn').click()
  await expect(page.getByRole('alert')).toHaveText(/^Choose at most 2 options: withdraw one/)
  await expect(myVote(page)).toContainText(['Olives', 'Basil'])
  await voteFor(page, 'Olives').click()
  await expect(myVote(page)).toContainText(['Basil'])
  await voteFor(page, 'Corn').click()
  await expect(myVote(page)).toContainText(['Corn', 'Basil'])

  await tabTo(voteFor(page, 'Corn'), { backwards: true })
  await expect(voteFor(page, 'Corn')).toHaveAttribute('aria-pressed', 'true')
  await page.keyboard.press('Space')
  await expect(voteFor(page, 'Corn')).toHaveAttribute('aria-pressed', 'false')
  await page.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(myVote(page)).toHaveCount(0)
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

  test('several options are chosen and withdrawn', async ({ page }) => {
    await signIn(page, 'Ada')
    await createPoll(page, '')
    await voteFor(page, 'Olives').click()
    await voteFor(page, 'Basil').click()
    await expect(myVote(page)).toContainText(['Olives', 'Basil'])
    await voteFor(page, 'Olives').click()
    await expect(myVote(page)).toContainText(['Basil'])
  })
})
