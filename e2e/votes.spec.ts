import { expectAccessible } from './support/accessible.ts'
import { newGuest, signIn } from './support/person.ts'
import { vote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

test('each option names its voters, an open page follows, and all votes are on a page', async ({ page, baseURL }) => {
  const ada = await signIn(page, 'Ada Lovelace')
  const poll = await ada.createPoll({ title: 'Lunch?' })
  await page.goto(poll.url)
  await vote(page, 'Soup')
  const voters = page.getByRole('list', { name: 'Votes for Soup' }).getByRole('listitem')
  await expect(voters).toHaveText(['Ada Lovelace'])
  const bob = await newGuest(baseURL ?? '', 'Bob')
  await bob.vote(poll, 'Soup')
  await expect(voters).toHaveText(['Ada Lovelace', 'Bob'])
  for (let number = 0; number < 11; number++)
    await (await newGuest(baseURL ?? '', `Voter ${number}`)).vote(poll, 'Soup')
  await expect(voters.last()).toHaveText('and 1 more')
  await bob.withdraw(poll)
  await expect(voters).toHaveCount(12)
  await bob.vote(poll, 'Soup')
  await expectAccessible(page)
  await page.getByRole('link', { name: 'and 1 more' }).click()
  await expect(page.getByRole('term')).toHaveCount(13)
  await expectAccessible(page)
})
