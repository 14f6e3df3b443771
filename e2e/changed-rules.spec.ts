import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

test('the creator changes rules, and open pages follow before anybody votes by old ones', async ({ page, visitor }) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'Rules', options: ['Noodles', 'Soup', 'Rice'] })
  const bob = await visitor()
  await signIn(bob, 'Bob')
  const connected = bob.waitForResponse(/\/stream\?/)
  await bob.goto(poll.url)
  await connected
  await expect(bob.getByText(/[Vv]otes are final/)).toHaveCount(0)
  await field(bob, 'Add a comment').fill('Half a comment')

  await page.goto(`${poll.url}/edit`)
  await page.getByRole('checkbox', { name: 'Votes are final' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(page).toHaveURL(poll.url)
  await expect(bob.getByText(/[Vv]otes are final/)).toBeVisible()
  await expect(field(bob, 'Add a comment')).toHaveValue('Half a comment')

  await page.goto(`${poll.url}/edit`)
  await page.getByRole('group', { name: 'How people vote' }).getByRole('radio', { name: 'Several options' }).check()
  await field(page, 'Maximum number of options per person').fill('2')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(bob.getByRole('checkbox', { name: 'Noodles' })).toBeVisible()
  await expect(field(bob, 'Add a comment')).toHaveValue('Half a comment')

  await page.goto(`${poll.url}/edit`)
  await page.getByRole('radio', { name: 'Ranking' }).check()
  await page.getByRole('button', { name: 'Save' }).click()
  const notice = bob.locator('#connection')
  await expect(notice).toHaveText('The rules of this poll were changed. Show them')
  await notice.getByRole('link', { name: 'Show them' }).click()
  await bob.getByRole('button', { name: 'Rank next: Soup' }).click()
  await bob.getByRole('button', { name: 'Cast my ranking' }).click()
  await bob.locator('#final-vote').getByRole('button', { name: 'Cast my ranking' }).click()
  await expect(bob.locator('#vote-status')).toContainText('Your ranking is counted.')
  await page.goto(`${poll.url}/edit`)
  await expect(page.getByText('People have voted in this way, so it stays.')).toBeVisible()
})
