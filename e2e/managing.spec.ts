import { signIn } from './support/person.ts'
import { castButton, choice, expectOptions, field, giveName, myVote, vote } from './support/poll-page.ts'
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

test('a vote is set aside with a reason and counted again, and the open page of the voter follows', async ({
  page,
  visitor,
  guest,
}) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'Fair play' })
  await (await guest('Cem')).vote(poll, 'Soup')
  const voter = await visitor()
  await (await signIn(voter, 'Bob')).vote(poll, 'Noodles')
  const connected = voter.waitForResponse(/\/stream\?/)
  await voter.goto(poll.url)
  await connected
  await expectOptions(voter, ['50% 1 vote', '50% 1 vote'])

  await page.goto(poll.url)
  await page.getByRole('link', { name: 'Set a vote aside' }).click()
  const ofBob = page.getByRole('listitem').filter({ hasText: 'Bob' })
  await ofBob.getByText('Set aside …').click()
  await ofBob.getByLabel('Reason').fill('Voted for a friend')
  await ofBob.getByRole('button', { name: 'Set the vote aside' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'The vote was set aside.' })).toBeFocused()

  const notice = voter.getByText('The creator set your vote aside, so it does not count.')
  await expect(notice).toContainText('The reason: Voted for a friend')
  await expectOptions(voter, ['0% 0 votes', '100% 1 vote'])
  await expect(castButton(voter)).toBeHidden()
  await expect(choice(voter, 'Noodles')).toBeDisabled()
  const connectedAgain = voter.waitForResponse(/\/stream\?/)
  await voter.reload()
  await connectedAgain
  await expect(notice).toBeVisible()
  await expect(voter.getByRole('radio').or(castButton(voter))).toHaveCount(0)

  await page.getByRole('button', { name: /^Count it again ?: the vote of Bob$/ }).click()
  await expect(page.getByRole('status').filter({ hasText: 'The vote counts again.' })).toBeFocused()
  await expect(notice).toHaveCount(0)
  await expectOptions(voter, ['50% 1 vote', '50% 1 vote'])
  await expect(myVote(voter)).toContainText('Noodles')
  await vote(voter, 'Soup')
  await expectOptions(voter, ['0% 0 votes', '100% 2 votes'])
  await expect(voter.getByRole('region', { name: 'Activity' })).toContainText('Ada counted the vote of Bob')
})

test('others make a poll like this one, and the creator uses it again', async ({ page, visitor, guest }) => {
  const ada = await signIn(page, 'Ada')
  const options = ['Noodles', 'Soup', 'Rice']
  const asked = { method: 'multiple_choice', maxChoices: 2, description: 'For two', category: 'Food' } as const
  const poll = await ada.createPoll({ title: 'What shall we cook?', ...asked, options })
  await (await guest('Cem')).vote(poll, 'Soup')

  const newcomer = await visitor()
  await newcomer.goto(poll.url)
  await newcomer.getByRole('link', { name: 'Make a poll like this' }).click()
  await expect(field(newcomer, 'Question')).toHaveValue('What shall we cook?')
  await field(newcomer, 'Option 3').fill('Bread')
  await newcomer.getByRole('button', { name: 'Create the poll' }).click()
  await giveName(newcomer, 'Bob')
  await expect(newcomer.getByText('Asked by Bob')).toBeVisible()
  await expectOptions(newcomer, ['Noodles', 'Soup', 'Bread'])

  await page.goto(poll.url)
  await page.getByRole('link', { name: 'Use again' }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('New poll')
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expect(page.getByText('Asked by Ada')).toBeVisible()
  await expect(page).not.toHaveURL(poll.url)
  const [, id = ''] = /-([a-z0-9]{16})$/.exec(new URL(page.url()).pathname) ?? []
  const again = await ada.poll(id)
  expect(again).toMatchObject({ ...asked, title: poll.title, totalVotes: 0 })
  expect(again.options.map(({ title }) => title)).toEqual(options)
})
