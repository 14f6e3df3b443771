import { signIn } from './support/person.ts'
import { voteFor } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

const inTwoDays = () => new Date(Date.now() + 2 * 86_400_000).toISOString()

test('the page says what a vote means, and then that it is counted, before any result', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?', closesAt: inTwoDays() })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await expect(page.locator('#vote-meaning')).toContainText('Everybody can see who voted for what, here.')
  await voteFor(page, 'Soup').click()
  const counted = /Your vote for Soup is counted\. You can change it until [A-Z][a-z]+day \d\d:\d\d\./
  await expect(page.locator('#vote-status')).toHaveText(counted)
  await expect(page.locator('#announcer')).toHaveText(counted)
  await expect(page.locator('#announcer')).toHaveText(/Soup leads/, { timeout: 8_000 })
})
