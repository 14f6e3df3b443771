import { signIn } from './support/person.ts'
import { choice, field, myVote, vote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled })

    test('people can vote for a proposed option once the creator has approved it', async ({ page, visitor }) => {
      const ada = await signIn(page, 'Ada')
      const { url } = await ada.createPoll({ title: 'What to cook?', optionsModerated: true })
      const other = await visitor()
      await signIn(other, 'Bob')
      await other.goto(url)
      await field(other, 'Propose an option').fill('Dumplings')
      await other.getByRole('button', { name: 'Propose', exact: true }).click()
      await expect(other.getByRole('region', { name: 'Proposed options' })).toContainText('Dumplings')
      const status = other.getByRole('status').filter({ hasText: 'Your option was proposed.' })
      await expect(status).toHaveText('Your option was proposed. Ada decides whether to add it.')
      if (!javaScriptEnabled) await expect(status).toBeFocused()
      await expect(other.getByRole('button', { name: 'Approve' })).toBeHidden()
      await expect(field(other, 'Propose an option')).toHaveValue('')

      await page.goto(url)
      await page.getByRole('button', { name: 'Approve Dumplings' }).click()
      await expect(page.getByRole('region', { name: 'Proposed options' })).toBeHidden()
      await vote(page, 'Dumplings')
      await expect(myVote(page)).toContainText('Dumplings')
      if (!javaScriptEnabled) await other.reload()
      await expect(choice(other, 'Dumplings')).toBeVisible()
    })
  })
}

test('proposals appear and disappear on an open page', async ({ page, visitor }) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'What to cook?', optionsModerated: true })
  await page.goto(poll.url)
  const other = await visitor()
  const bob = await signIn(other, 'Bob')
  await bob.addOption(poll, 'Dumplings')
  await page.getByRole('button', { name: 'Dismiss Dumplings' }).click()
  await expect(page.getByRole('region', { name: 'Proposed options' })).toBeHidden()
  await expect(page.locator('#event-list')).toContainText('Ada dismissed the proposal Dumplings')
})
