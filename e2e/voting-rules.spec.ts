import { expectAccessible } from './support/accessible.ts'
import { type NewPoll, signIn } from './support/person.ts'
import { castButton, choice, field, giveName, vote } from './support/poll-page.ts'
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

const question = (page: Page) => page.locator('#final-vote')
const confirm = (page: Page, name = 'Cast my vote') => question(page).getByRole('button', { name, exact: true })

test('a final vote is asked about once more, and stays', async ({ page, visitor }) => {
  await signIn(page, 'Ada')
  await createPoll(page, async (form) => {
    await form.getByLabel('Votes are final').check()
    await form.getByLabel('Expected number of voters').fill('2')
  })
  const other = await visitor()
  await other.goto(page.url())
  await expect(page.getByText('Votes are final: you cannot change yours.')).toBeVisible()

  // By keyboard: Enter leads to the question, and never past it.
  await choice(page, 'Blue').check()
  await choice(page, 'Blue').press('Enter')
  await expect(question(page)).toBeFocused()
  await expect(question(page)).toHaveAccessibleName('Cast your vote for Blue? You cannot change it afterwards.')
  await page.keyboard.press('Enter')
  await choice(page, 'Blue').press('Enter')
  await expect(question(page)).toBeFocused()
  await expectAccessible(page)
  // Another choice is another question, and "Not yet" keeps what is chosen.
  await choice(page, 'Red').check()
  await expect(question(page)).toHaveCount(0)
  await castButton(page).dblclick()
  await expect(question(page)).toBeFocused()
  await question(page).getByRole('button', { name: 'Not yet' }).click()
  await expect(castButton(page)).toBeFocused()
  await expect(castButton(page)).toHaveText('Cast my vote for Red')
  await expect(choice(page, 'Red')).toBeChecked()
  await expect(page.locator('#standing')).toContainText('Nobody has voted yet')
  await castButton(page).press('Enter')
  await confirm(page).click()
  await expect(page.getByText('Your vote for Red is counted. It is final.').first()).toBeVisible()
  await expect(choice(page, 'Blue')).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toBeHidden()

  // A newcomer confirms, then gives a name.
  await vote(other, 'Blue')
  await expect(question(other)).toBeFocused()
  await expect(choice(other, 'Blue')).toBeChecked()
  await confirm(other).click()
  await giveName(other, 'Bob')
  for (const window of [page, other]) {
    await expect(window.locator('#standing')).toContainText('It is a tie: Red and Blue')
    await expect(window.locator('#event-list')).toContainText('Ada closed the poll as all had voted')
  }
})

test('final points, dates and rankings are asked about, and an addition too', async ({ page, guest }) => {
  const ada = await guest('Ada')
  await signIn(page, 'Bob')
  const days = { timeZone: 'UTC', options: ['2055-03-10', '2055-03-11'] }
  const open = async (poll: Omit<NewPoll, 'title'>) =>
    page.goto((await ada.createPoll({ title: 'Once?', votesFinal: true, ...poll })).url)
  await open({ method: 'score' })
  await page.getByRole('group', { name: 'Soup' }).getByLabel('4').check()
  await page.keyboard.press('Enter')
  await expect(question(page)).toHaveAccessibleName(/^Cast your points for 1 option\? Afterwards, you can give points/)
  await confirm(page, 'Cast my points').click()
  await expect(page.locator('#vote-status')).toContainText('Your points are counted.')
  await page.getByRole('group', { name: 'Noodles' }).getByLabel('1').check()
  await page.getByRole('button', { name: 'Add to my points' }).click()
  await expect(question(page)).toContainText('Add your points for 1 option? You cannot change them afterwards.')
  await confirm(page, 'Add to my points').click()
  await expect(page.locator('#vote-status')).toContainText('They are final.')

  await open({ method: 'dates', ...days })
  await page.getByRole('button', { name: 'Yes to all' }).click()
  await page.getByRole('button', { name: 'Cast my answers' }).click()
  await expect(page.getByRole('radio', { name: 'Yes', checked: true })).toHaveCount(2)
  await confirm(page, 'Cast my answers').click()
  await expect(page.locator('#vote-status')).toContainText('Your answers for 2 dates are counted. They are final.')

  await open({ method: 'ranked' })
  await page.getByRole('button', { name: 'Rank next: Soup' }).click()
  await page.getByRole('button', { name: 'Cast my ranking' }).click()
  await expect(question(page)).toContainText(
    'Cast your ranking: Soup? Afterwards, you can only add options at the end.',
  )
  await page.getByRole('button', { name: 'Rank next: Noodles' }).click()
  await expect(question(page)).toHaveCount(0)
  await page.getByRole('button', { name: 'Cast my ranking' }).click()
  await confirm(page, 'Cast my ranking').click()
  await expect(page.locator('#event-list')).toContainText('Bob ranked Soup and Noodles')
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a final vote is asked about once more', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'Once?', votesFinal: true })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await vote(page, 'Soup')
    await expect(question(page)).toBeFocused()
    await question(page).getByRole('button', { name: 'Not yet' }).click()
    await expect(castButton(page)).toBeFocused()
    await castButton(page).click()
    // The confirmation is for Soup.
    await choice(page, 'Noodles').check()
    await confirm(page).click()
    await expect(question(page)).toContainText('Cast your vote for Noodles?')
    await confirm(page).click()
    await expect(page.locator('#vote-status')).toHaveText(/Your vote for Noodles is counted\. It is final\./)
  })
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
  await expect(castButton(page)).toHaveText('Cast my vote')
})
