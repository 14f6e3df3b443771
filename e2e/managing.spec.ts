import { signIn } from './support/person.ts'
import { choice, field, myVote, vote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

test('a comment is edited and deleted, and open pages follow', async ({ page, visitor, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Comments' })
  const other = await visitor()
  await signIn(page, 'Bob')
  const connected = other.waitForResponse(/\/stream\?/)
  await other.goto(poll.url)
  await connected
  await other.evaluate(() => Object.assign(window, { untouched: true }))
  const comments = other.getByRole('region', { name: /^Comments/ })

  await page.goto(poll.url)
  await field(page, 'Add a comment').fill('Pizza, plase')
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  await expect(comments).toContainText('Pizza, plase')
  await expect(comments.getByRole('link', { name: /delete/ })).toHaveCount(0)

  await page.getByRole('link', { name: 'Edit or delete your comment' }).click()
  await field(page, 'Edit the comment').fill('Pizza, please')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect(comments).toContainText('edited just now')
  await expect(comments).not.toContainText('plase')

  await page.getByRole('link', { name: 'Edit or delete your comment' }).click()
  await page.getByRole('button', { name: 'Delete the comment' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'The comment was deleted.' })).toBeFocused()
  await expect(comments).not.toContainText('Pizza')
  await expect(other.getByRole('region', { name: 'Activity' }).getByRole('listitem').first()).toContainText(
    'Bob deleted a comment',
  )
  expect(await other.evaluate(() => 'untouched' in window)).toBe(true)
})

test('a voter sees that their option was removed, and votes again', async ({ page, visitor, guest }) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'Removal', options: ['Noodles', 'Soup', 'Rice'] })
  await (await guest('Cem')).vote(poll, 'Soup')
  const voter = await visitor()
  await signIn(voter, 'Bob')
  const connected = voter.waitForResponse(/\/stream\?/)
  await voter.goto(poll.url)
  await connected
  await vote(voter, 'Noodles')
  await expect(myVote(voter)).toContainText('Noodles')

  await page.goto(`${poll.url}/edit`)
  await page.getByRole('link', { name: 'Remove Noodles' }).click()
  await expect(page.getByText('One person voted for this option.')).toBeVisible()
  await page.getByRole('button', { name: 'Remove it anyway' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'The option was removed: Noodles' })).toBeVisible()

  const notice = voter.getByText('The option that you voted for was removed: Noodles. Choose again.')
  await expect(notice).toBeVisible()
  await expect(choice(voter, 'Noodles')).toHaveCount(0)
  await expect(voter.getByText('Soup leads')).toBeVisible()
  await vote(voter, 'Rice')
  await expect(myVote(voter)).toContainText('Rice')
  await expect(notice).toHaveCount(0)
  await expect(voter.getByRole('region', { name: 'Activity' })).toContainText(
    'Ada removed the option Noodles. Votes that changed: 1',
  )
})
