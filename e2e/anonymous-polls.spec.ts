import { expectAccessible } from './support/accessible.ts'
import { newGuest, signIn } from './support/person.ts'
import { field, myVote, vote } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const receipt = (page: Page) => page.getByLabel('Your receipt')

async function createSecretPoll(page: Page, fill: (page: Page) => Promise<void> = async () => {}): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Who shall be our speaker?')
  for (const [index, title] of ['Mona', 'Nils'].entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByRole('radio', { name: /^Anonymous vote/ }).check()
  await fill(page)
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expect(page.getByText('Anonymous', { exact: true })).toBeVisible()
}

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled })

    test('an anonymous vote is cast, found by its receipt, and counted', async ({ page, visitor, baseURL }) => {
      await signIn(page, 'Ada')
      await createSecretPoll(page)
      await vote(page, 'Mona')
      await expect(myVote(page)).toContainText('Mona')
      const code = await receipt(page).inputValue()
      expect(code).toMatch(/^[a-z2-9]{26}$/)
      await expect(page.locator('#event-list')).toContainText('Somebody voted')
      await expect(page.locator('#event-list')).not.toContainText('Ada voted')
      await page.reload()
      await expect(receipt(page)).toHaveValue(code)

      const elsewhere = await visitor()
      await signIn(elsewhere, 'Ada’s phone')
      await elsewhere.goto(page.url())
      await elsewhere.getByText('I have a receipt').click()
      await field(elsewhere, 'The receipt of your ballot').fill(code.toUpperCase())
      await elsewhere.getByRole('button', { name: 'Find my ballot' }).click()
      await expect(myVote(elsewhere)).toContainText('Mona')
      await vote(elsewhere, 'Nils')
      await expect(myVote(elsewhere)).toContainText('Nils')

      const id = new URL(page.url()).pathname.slice(-16)
      for (const [name, title] of [
        ['Bob', 'Nils'],
        ['Cem', 'Mona'],
      ] as const) {
        const voter = await newGuest(baseURL ?? '', name)
        await voter.vote(await voter.poll(id), title)
      }
      await page.reload()
      await expect(page.locator('#standing')).toContainText('3 votes')
      await expect(page.locator('.option-count')).toHaveCount(0)
      // Closing publishes the ballots for good, so it asks once more.
      await page.getByText('Close the poll …').click()
      await expect(
        page.getByText('If at least 3 people have voted, all votes are published without names'),
      ).toBeVisible()
      await page.getByRole('button', { name: 'Close the poll' }).click()
      await expect(page.locator('#standing')).toContainText('Winner: Nils')
      await expect(page.getByRole('button', { name: 'Reopen the poll' })).toBeHidden()
      await page.getByRole('link', { name: 'All ballots' }).click()
      await expect(page.getByRole('listitem').filter({ hasText: 'Yours' })).toContainText('Nils')
      await expect(page.getByText('Mona', { exact: true })).toHaveCount(1)
    })
  })
}

test('a sent form survives another person’s vote, and shows no results', async ({ page, baseURL }) => {
  const ada = await signIn(page, 'Ada')
  await createSecretPoll(page)
  const id = new URL(page.url()).pathname.slice(-16)
  await vote(page, 'Mona')
  await expect(receipt(page)).toBeVisible()
  const bob = await newGuest(baseURL ?? '', 'Bob')
  await bob.vote(await bob.poll(id), 'Nils')
  await expect(page.locator('#standing')).toContainText('2 votes')
  await expect(myVote(page)).toContainText('Mona')
  await expect(page.locator('.option-count')).toHaveCount(0)
  await expectAccessible(page)
  expect(await ada.poll(id)).toMatchObject({ hasVoted: true, myChoices: [] })
})

test('an open page shows where its ballot was published once the poll closes', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Who shall speak?', options: ['Mona', 'Nils'], anonymous: true })
  for (const voter of [ada, await guest('Cem')]) await voter.vote(poll, 'Mona')
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await vote(page, 'Nils')
  await expect(page.getByText('Your vote for Nils is counted.').first()).toBeVisible()
  await expect(receipt(page)).toBeVisible()
  await ada.close(poll)
  await expect(page.getByText('Your ballot was published')).toBeVisible()
  await expect(page.getByText('Only this browser stores the receipt')).toBeHidden()
})

test('options of an anonymous ranking are put into order', async ({ page }) => {
  await signIn(page, 'Ada')
  await createSecretPoll(page, (form) => form.getByLabel('Ranking: the best option first').check())
  await page.getByRole('button', { name: 'Rank next: Mona' }).click()
  await page.getByRole('button', { name: 'Rank next: Nils' }).click()
  await page.getByRole('button', { name: 'Move Nils up' }).click()
  await page.getByRole('button', { name: 'Save my ranking' }).click()
  await expect(receipt(page)).toBeVisible()
  await page.reload()
  await expect(page.locator('#sorter .ranked .option-title')).toHaveText(['Nils', 'Mona'])
  await expect(page.locator('#event-list li')).toHaveCount(2)
})

test('a browser without the receipt refuses the vote and says why', async ({ page, provoke }) => {
  provoke(failedLoad(409))
  const ada = await signIn(page, 'Ada')
  await createSecretPoll(page)
  const poll = await ada.poll(new URL(page.url()).pathname.slice(-16))
  await ada.vote(poll, 'Mona')
  await page.reload()
  await expect(page.getByText('You have voted. To see or change your vote')).toBeVisible()
  await vote(page, 'Nils')
  await expect(page.getByRole('alert')).toContainText('only your receipt finds your ballot')
})
