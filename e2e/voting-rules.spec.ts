import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { castButton, choice, field, vote } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

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
  await vote(page, 'Red')
  await expect(choice(other, 'Red')).toBeDisabled()
  await expect(page.locator('#results')).toContainText('Full')
  await expect(choice(page, 'Red')).toBeEnabled()
  await expectAccessible(other)
  await vote(page, 'Blue')
  await expect(choice(other, 'Red')).toBeEnabled()
  await expect(choice(other, 'Blue')).toBeDisabled()
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
  await vote(page, 'Red')
  await expect(page.locator('#standing')).toContainText('1 of 2 votes')
  await page.reload()
  await page.getByText('Voter list', { exact: true }).click()
  await expect(page.locator('.roll li').filter({ hasText: 'Voted' })).toContainText('Ada')
  await vote(other, 'Blue')
  for (const window of [page, other]) await expect(window.locator('#standing')).toContainText('It is a tie')
})

test('a final vote is cast by a button that says so, and stays', async ({ page, visitor }) => {
  await signIn(page, 'Ada')
  await createPoll(page, async (form) => {
    await form.getByLabel('Votes are final').check()
    await form.getByLabel('Expected number of voters').fill('2')
  })
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())
  await expect(page.getByText('Votes are final: you cannot change yours.')).toBeVisible()
  // Enter in a choice leads to the button, and casts nothing.
  await choice(page, 'Blue').check()
  await choice(page, 'Blue').press('Enter')
  await expect(castButton(page)).toBeFocused()
  await expect(castButton(page)).toHaveText('Cast my vote for Blue. You cannot change it.')
  await vote(page, 'Red')
  await expect(page.getByText('Your vote for Red is counted. It is final.').first()).toBeVisible()
  await expect(choice(page, 'Blue')).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toBeHidden()
  await vote(other, 'Blue')
  for (const window of [page, other]) {
    await expect(window.locator('#standing')).toContainText('It is a tie: Red and Blue')
    await expect(window.locator('#event-list')).toContainText('Ada closed the poll as all had voted')
  }
})

test('Enter at final points leads to the button, and casts nothing', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'How good?', method: 'score', votesFinal: true })
  const bob = await signIn(page, 'Bob')
  await page.goto(poll.url)
  await page.getByRole('group', { name: 'Soup' }).getByLabel('4').check()
  await page.keyboard.press('Enter')
  await expect(page.getByRole('button', { name: 'Cast my points. You can give more, but not' })).toBeFocused()
  expect(await bob.poll(poll.id)).toMatchObject({ totalVotes: 0 })
})

test('a list casts no final vote: its card links to the poll', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const final = await ada.createPoll({ title: 'Once and for all?', votesFinal: true })
  const several = await ada.createPoll({ title: 'Which of five?', options: ['E', 'D', 'C', 'B', 'A'] })
  await ada.vote(several, 'B')
  await page.goto('/')
  const card = (title: string) => page.getByRole('article').filter({ hasText: title })
  for (const title of [final.title, several.title]) await expect(card(title).getByRole('button')).toHaveCount(0)
  await expect(card(several.title).locator('.option-title')).toHaveText(['E', 'D', 'C', 'B'])
  await expect(card(several.title).getByRole('link', { name: 'See all 5 options to vote' })).toBeVisible()
  await card(final.title).getByRole('link', { name: 'Open the poll to vote' }).click()
  await expect(castButton(page)).toHaveText('Cast my vote. You cannot change it.')
})
