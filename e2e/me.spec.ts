import { signIn } from './support/person.ts'
import { choice, field, giveName, vote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(`the personal page, ${way}`, () => {
    test.use({ javaScriptEnabled })

    test('a newcomer gives a name there', async ({ page }) => {
      await page.goto('/')
      await page.getByRole('link', { name: 'You', exact: true }).click()
      await expect(page.getByText('This browser does not know you yet.')).toBeVisible()
      await field(page, 'Display name').fill('  Zoë   Z ')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.getByText('Your name was saved.')).toBeVisible()
      await expect(field(page, 'Display name')).toHaveValue('Zoë Z')
      await expect(page.getByRole('link', { name: 'Zoë Z' })).toBeVisible()
      await expect(page.getByText('You have not created a poll yet.')).toBeVisible()
    })

    test('a new name shows everywhere', async ({ page, guest }) => {
      const ada = await signIn(page, 'Ada')
      const poll = await ada.createPoll({ title: `What was I called, ${way}?` })
      const others = await (await guest('Bob')).createPoll({ title: 'And here?' })
      await ada.vote(others, 'Soup')
      await ada.comment(others, 'Me')

      await page.goto('/me')
      await field(page, 'Display name').fill('Countess')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.getByText('Your name was saved.')).toBeVisible()

      await page.goto(poll.url)
      await expect(page.getByText('Asked by Countess')).toBeVisible()
      await expect(page.getByText('Countess created the poll')).toBeVisible()
      await page.goto(others.url)
      await expect(page.getByText('Countess voted for Soup')).toBeVisible()
      await expect(page.getByRole('region', { name: 'Comments' }).getByRole('listitem')).toContainText(/Countess.*Me/s)
      await expect(page.getByText('Ada')).toHaveCount(0)
      await page.goto('/')
      await expect(page.getByRole('article').filter({ hasText: poll.title })).toContainText('Countess')
    })

    test('lists the person’s polls in a table, finds one, and closes and archives it there', async ({
      page,
      guest,
    }) => {
      const ada = await signIn(page, 'Ada')
      const others = await (await guest('Bob')).createPoll({ title: 'Of Bob' })
      await ada.vote(others, 'Soup')
      for (let number = 1; number <= 51; number++) await ada.createPoll({ title: `Mine ${number}` })
      await page.goto('/me')
      const rows = page.getByRole('table', { name: 'Your polls' }).locator('tbody').getByRole('row')
      await expect(rows).toHaveCount(50)
      await expect(rows.first()).toContainText('Mine 51')
      await page.getByRole('link', { name: 'More of your polls' }).click()
      await expect(rows).toHaveText([/Mine 1\s/])

      await page.getByRole('searchbox', { name: 'Search your polls' }).fill('mine 17')
      await page.getByRole('button', { name: 'Search' }).click()
      await expect(rows).toHaveCount(1)
      await page.getByRole('button', { name: 'Close Mine 17' }).click()
      await expect(page.getByRole('status').filter({ hasText: 'Closed: Mine 17' })).toBeVisible()
      await expect(rows.getByText('Closed', { exact: true })).toBeVisible()
      await page.getByRole('button', { name: 'Archive Mine 17', exact: true }).click()
      await page.getByRole('navigation', { name: 'Status' }).getByRole('link', { name: 'Archived' }).click()
      await expect(rows).toContainText([/Mine 17.*Archived/s])

      await page.goto('/me')
      await page.getByRole('link', { name: 'You voted' }).click()
      await expect(rows).toContainText([/Of Bob by Bob.*Open.*1 vote.*Soup/s])
    })

    test('changes and withdraws votes from the table, and reads the result of a closed poll', async ({
      page,
      guest,
    }) => {
      const ada = await signIn(page, 'Ada')
      const bob = await guest('Bob')
      const [lunch, dinner] = [await bob.createPoll({ title: 'Lunch' }), await bob.createPoll({ title: 'Dinner' })]
      const closed = await bob.createPoll({ title: 'Breakfast' })
      for (const poll of [lunch, dinner, closed]) await ada.vote(poll, 'Soup')
      await bob.close(closed)
      await page.goto('/me')
      await page.getByRole('link', { name: 'You voted' }).click()
      const rows = page.getByRole('table', { name: 'Your polls' }).locator('tbody').getByRole('row')
      await page.getByRole('button', { name: 'Withdraw your vote: Dinner' }).click()
      await expect(page.getByRole('status').filter({ hasText: 'Your vote was withdrawn: Dinner' })).toBeFocused()
      await expect(rows).toContainText([/Lunch/, /Breakfast/])

      await page.getByRole('link', { name: 'Change vote Lunch' }).click()
      await choice(page, 'Noodles').check()
      await page.getByRole('button', { name: 'Change my vote' }).click()
      await expect(page.locator('#vote-status')).toContainText('Your vote for Noodles is counted')

      await page.goto('/me?list=voted')
      await expect(rows).toContainText([/Lunch.*Noodles/s, /Breakfast.*Soup/s])
      await page.getByRole('link', { name: 'See the result Breakfast' }).click()
      await expect(page.getByText('Winner: Soup', { exact: true })).toBeInViewport()
      await page.goBack()
      await page.getByRole('link', { name: 'Use again Breakfast' }).click()
      await expect(field(page, 'Question')).toHaveValue('Breakfast')
    })

    test('a token is shown once, opens the API, and can be revoked', async ({ page, baseURL }) => {
      await signIn(page, 'Ada')
      await page.goto('/me')
      await field(page, 'What is the new token for?').fill('Lunch bot')
      await page.getByRole('button', { name: 'Create a token' }).click()
      const token = await field(page, 'Your new token').inputValue()
      const nameOf = () => fetch(`${baseURL}/api/me`, { headers: { authorization: `Bearer ${token}` } })
      expect(await (await nameOf()).json()).toMatchObject({ name: 'Ada' })

      await page.goto('/me')
      await expect(field(page, 'Your new token')).toHaveCount(0)
      await expect(page.getByText('last used')).toBeVisible()
      await page.getByRole('button', { name: 'Revoke the token Lunch bot' }).click()
      await expect(page.getByText('The token was revoked and no longer works.')).toBeVisible()
      await expect(page.getByText('Lunch bot', { exact: true })).toHaveCount(0)
      expect((await nameOf()).status).toBe(401)
    })

    test('a newcomer who votes, comments and creates a poll gives a name only once', async ({ page, guest }) => {
      const poll = await (await guest('Bob')).createPoll({ title: 'Once is enough' })
      await page.goto(poll.url)
      await vote(page, 'Soup')
      await giveName(page, 'Ada')
      await field(page, 'Add a comment').fill('Hello')
      await page.getByRole('button', { name: 'Comment' }).click()
      await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Hello')
      await page.goto('/polls/new')
      await field(page, 'Question').fill('Mine?')
      await field(page, 'Option 1').fill('One')
      await field(page, 'Option 2').fill('Two')
      await page.getByRole('button', { name: 'Create the poll' }).click()
      await expect(page.getByText('Asked by Ada')).toBeVisible()
    })
  })
}
