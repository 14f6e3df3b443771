import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { expectOptions, field, myVote, vote } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

async function createPoll(page: Page, whoSees: string): Promise<void> {
  await signIn(page, 'Ada')
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Who leads the project?')
  await field(page, 'Option 1').fill('Bob')
  await field(page, 'Option 2').fill('Cleo')
  await page.getByText('More settings').click()
  await page.getByLabel(whoSees).check()
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('every window shows the votes of others once the poll is closed', async ({ page, visitor }) => {
  await createPoll(page, 'Nobody until the poll closes')
  const other = await visitor()
  await signIn(other, 'Dan')
  await other.goto(page.url())

  await vote(other, 'Cleo')
  await expect(myVote(other)).toContainText('Cleo')
  await expect(page.getByText('1 vote', { exact: true })).toBeVisible()
  await expect(page.getByText('Dan voted', { exact: true })).toBeVisible()
  for (const one of [page, other]) {
    await expect(one.getByText('The results are shown once the poll is closed')).toBeVisible()
    await expect(one.locator('#results').getByText(/%|Leader|leads/)).toHaveCount(0)
  }
  await expectAccessible(other)

  await page.getByRole('button', { name: 'Close the poll' }).click()
  await expectOptions(other, ['0% 0 votes', '100% 1 vote'])
  await expect(other.getByText('Winner: Cleo', { exact: true })).toBeVisible()
  await other.reload()
  await expect(other.getByText('Dan voted for Cleo')).toBeVisible()
})

test('a voter sees the results and later votes of others', async ({ page, visitor }) => {
  await createPoll(page, 'People who have voted')
  const other = await visitor()
  await signIn(other, 'Dan')
  await other.goto(page.url())
  await expect(other.getByText('The results are shown once you have voted')).toBeVisible()

  await vote(page, 'Bob')
  await expectOptions(page, ['100% 1 vote', '0% 0 votes'])
  await expect(other.getByText('Ada voted', { exact: true })).toBeVisible()
  await expect(other.locator('#results').getByText(/%|Leader|leads/)).toHaveCount(0)

  await vote(other, 'Cleo')
  await expectOptions(other, ['50% 1 vote', '50% 1 vote'])
  await expectOptions(page, ['50% 1 vote', '50% 1 vote'])
  await expect(page.getByText('Dan voted for Cleo')).toBeVisible()
  await expect(other.getByText('Ada voted for Bob')).toBeVisible()
  await other.getByRole('button', { name: 'Withdraw my vote' }).click()
  await expect(other.getByText('The results are shown once you have voted')).toBeVisible()
  await expect(other.locator('#results').getByText(/%|Leader|leads/)).toHaveCount(0)
})
