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

test('a chosen radio button that is pressed again is not chosen any more', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Lunch?', options: ['Noodles', 'Soup', 'Rice'] })
  const bob = await signIn(page, 'Bob')
  await page.goto(poll.url)
  const [soup, announcer] = [choice(page, 'Soup'), page.locator('#announcer')]
  // A double click chooses, and a click on the title of the choice undoes it.
  await soup.dblclick()
  await expect(castButton(page)).toHaveText('Vote for Soup')
  await page.locator('#results').getByText('Soup').click()
  await expect(soup).not.toBeChecked()
  await expect(announcer).toHaveText('Soup is not chosen any more.')
  await expect(castButton(page)).toHaveText('Vote')
  await expect(page.getByText('Not saved yet')).toBeHidden()
  // By keyboard: arrow keys choose, Space undoes and chooses.
  await soup.focus()
  for (const key of ['Space', 'ArrowDown', 'ArrowUp']) await page.keyboard.press(key)
  await expect(soup).toBeChecked()
  await page.keyboard.press('Space')
  await expect(soup).not.toBeChecked()
  await page.keyboard.press('Space')
  await castButton(page).click()
  await expect(myVote(page)).toContainText('Soup')

  // Of a saved vote: the one button withdraws it. A live update does not choose it again.
  await soup.click()
  await expect(castButton(page)).toHaveText('Withdraw my vote')
  await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toHaveCount(1)
  await ada.vote(poll, 'Rice')
  await expectOptions(page, [/0 votes/, /1 vote/, /1 vote/])
  await expect(soup).not.toBeChecked()
  await soup.click()
  await expect(castButton(page)).toBeHidden()
  await soup.click()
  await castButton(page).click()
  await expect(page.getByText('Your vote was withdrawn.').and(page.locator(':not(#announcer)'))).toBeVisible()
  // Each text that waits before it stays for two seconds.
  await expect(announcer).toHaveText('Your vote was withdrawn.', { timeout: 20_000 })
  expect(await bob.poll(poll.id)).toMatchObject({ totalVotes: 1 })
})

test('points and answers that are pressed again are left out, and without any the vote is withdrawn', async ({
  page,
  guest,
}) => {
  const ada = await guest('Ada')
  const bob = await signIn(page, 'Bob')
  const points = await ada.createPoll({ title: 'How good?', method: 'score' })
  await page.goto(points.url)
  const soup = page.getByRole('group', { name: 'Soup' })
  await soup.getByLabel('4').check()
  await page.getByRole('button', { name: 'Save my points' }).click()
  await expect(page.locator('#vote-status')).toContainText('Your points are counted.')
  await soup.getByLabel('4').click()
  await expect(soup.getByLabel('Leave out')).toBeChecked()
  await expect(page.locator('#save-scores')).toHaveText('Withdraw my vote')
  await page.locator('#save-scores').click()
  await expect(page.locator('#announcer')).toHaveText('Your vote was withdrawn.')
  expect(await bob.poll(points.id)).toMatchObject({ totalVotes: 0 })

  const options = ['2055-03-10', '2055-03-11']
  const dates = await ada.createPoll({ title: 'When?', method: 'dates', timeZone: 'UTC', options })
  await page.goto(dates.url)
  const yes = page.getByRole('group', { name: 'Wed, 10 Mar 2055' }).getByRole('radio', { name: 'Yes' })
  await yes.check()
  await yes.press('Space')
  await expect(page.locator('#announcer')).toHaveText('Wed, 10 Mar 2055: No answer.')
  await expect(yes).not.toBeChecked()
  await expect(page.getByText('Not saved yet')).toBeHidden()
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
    await page.getByLabel('No vote').check()
    await page.getByRole('button', { name: 'Change my vote' }).click()
    await expect(page.getByText('Your vote was withdrawn.')).toBeVisible()
  })
})
