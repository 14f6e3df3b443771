import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

const option = (page: Page, title: string) => page.locator('#results').getByRole('button', { name: title })

async function createPoll(page: Page, rules: (page: Page) => Promise<void>): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Who comes with which car?')
  for (const [index, title] of ['Red', 'Blue'].entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByText('More settings').click()
  await rules(page)
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('a full option is closed to others at once, and opens when a vote is withdrawn', async ({ page, visitor }) => {
  await signIn(page, 'Ada')
  await createPoll(page, (form) => form.getByLabel('Maximum votes per option').fill('1'))
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())
  await option(page, 'Red').click()
  await expect(option(other, 'Red')).toBeDisabled()
  await expect(option(other, 'Red')).toContainText('Full')
  await expect(option(page, 'Red')).toBeEnabled()
  await expectAccessible(other)
  await option(page, 'Blue').click()
  await expect(option(other, 'Red')).toBeEnabled()
  await expect(option(other, 'Blue')).toBeDisabled()
})

test('only people on the voter list vote, and the last of them closes the poll in every window', async ({
  page,
  visitor,
}) => {
  await signIn(page, 'Ada')
  await createPoll(page, (form) => form.getByLabel('Only these people can vote').fill('Ada\nBob'))
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())
  await option(page, 'Red').click()
  await expect(page.locator('#standing')).toContainText('1 of 2 votes')
  await page.reload()
  await page.getByText('Voter list', { exact: true }).click()
  await expect(page.locator('.roll li').filter({ hasText: 'Voted' })).toContainText('Ada')
  await option(other, 'Blue').click()
  for (const window of [page, other]) await expect(window.locator('#standing')).toContainText('It is a tie')
})

test('final votes stay, and the last one closes the poll in every window', async ({ page, visitor }) => {
  await signIn(page, 'Ada')
  await createPoll(page, async (form) => {
    await form.getByLabel('Votes are final').check()
    await form.getByLabel('Expected number of voters').fill('2')
  })
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())
  await option(page, 'Red').click()
  await expect(option(page, 'Blue')).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toBeHidden()
  await option(other, 'Blue').click()
  for (const window of [page, other]) {
    await expect(window.locator('#standing')).toContainText('It is a tie: Red and Blue')
    await expect(window.locator('#event-list')).toContainText('Ada closed the poll as all had voted')
  }
})
