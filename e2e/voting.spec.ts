import { signIn } from './support/person.ts'
import { castButton, choice, expectOptions, myVote, vote } from './support/poll-page.ts'
import { expect, failedLoad, test } from './support/test.ts'

const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000).toISOString()

test('the page says what a vote means, and then that it is counted, before any result', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?', closesAt: inTwoDays() })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await expect(page.locator('#vote-meaning')).toContainText('Everybody can see who voted for what.')
  await vote(page, 'Soup')
  const counted = /Your vote for Soup is counted\. You can change it until [A-Z][a-z]+day \d\d:\d\d\./
  await expect(page.locator('#vote-status')).toHaveText(counted)
  await expect(page.locator('#announcer')).toHaveText(counted)
  await expect(page.locator('#announcer')).toHaveText(/Soup leads/, { timeout: 8_000 })
})

test('a choice that is not saved survives live updates, and is saved by one press', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Lunch?', options: ['Noodles', 'Soup', 'Rice'] })
  const bob = await signIn(page, 'Bob')
  await page.goto(poll.url)
  await choice(page, 'Soup').check()
  await ada.vote(poll, 'Noodles')
  await expectOptions(page, [/1 vote/, /0 votes/, /0 votes/])
  await expect(choice(page, 'Soup')).toBeChecked()
  // The own vote from elsewhere, such as a chat.
  await bob.vote(poll, 'Rice')
  await expect(myVote(page)).toContainText('Rice')
  await expect(choice(page, 'Soup')).toBeChecked()
  await expect(castButton(page)).toHaveText('Change my vote to Soup')
  // A vote for the old title would not be one for the new title.
  await ada.renameOption(poll, 'Soup', 'Stew')
  await expect(choice(page, 'Stew')).not.toBeChecked()
  await vote(page, 'Stew')
  await expect(myVote(page)).toContainText('Stew')
  await expect(castButton(page)).toBeHidden()
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a vote without a choice is refused, and a vote says that it is counted', async ({ page, guest, provoke }) => {
    provoke(failedLoad(422))
    const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await page.getByRole('button', { name: 'Vote', exact: true }).click()
    await expect(page.getByRole('alert')).toHaveText('Choose an option.')
    await vote(page, 'Soup')
    await expect(
      page.getByText('Your vote for Soup is counted. You can change it until the poll closes.'),
    ).toBeVisible()
    await expect(choice(page, 'Soup')).toBeChecked()
  })
})
