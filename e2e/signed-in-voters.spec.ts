import { expectAccessible } from './support/accessible.ts'
import { button, test } from './support/flowdock.ts'
import { choice, expectOptions, field, giveName, myVote, openSettings, vote } from './support/poll-page.ts'
import { expect } from './support/test.ts'

test('an open page of a guest who voted follows when the poll is limited to people who have signed in', async ({
  page,
  visitor,
}) => {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Who decides?')
  await field(page, 'Option 1').fill('Noodles')
  await field(page, 'Option 2').fill('Soup')
  await button(page, 'Create the poll').click()
  await giveName(page, 'Ada')
  const guest = await visitor()
  await guest.goto(new URL(page.url()).pathname)
  await vote(guest, 'Soup')
  await giveName(guest, 'Bob')
  await expect(myVote(guest)).toContainText('Soup')

  await page.getByRole('link', { name: 'Edit' }).click()
  await page.getByLabel('Only people signed in with Flowdock can vote').check()
  await expectAccessible(page)
  await button(page, 'Save').click()
  await expect(page.getByText('Votes of guests that count only after they sign in: 1')).toBeVisible()

  const signIn = guest.getByRole('link', { name: 'Sign in with Flowdock to vote' })
  await expect(signIn).toBeVisible()
  await expect(choice(guest, 'Soup')).toHaveCount(0)
  await expectOptions(guest, ['0% 0 votes', '0% 0 votes'])
  await expect(guest.getByText('Your vote for Soup is kept, and counts once you sign in.')).toBeVisible()
  await expectAccessible(guest)
  await guest.setViewportSize({ width: 320, height: 640 })
  expect(await guest.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)

  const newcomer = await visitor()
  await newcomer.goto('/')
  await expect(newcomer.getByRole('link', { name: 'Sign in to vote' }).first()).toBeVisible()
  await expectAccessible(newcomer)

  await signIn.click()
  await button(guest, 'Allow').click()
  // A test of another file may have linked the account.
  await expect(guest.getByText(/^What you (voted as a guest counts|did as Bob is yours) now\.$/)).toBeVisible()
  await expect(myVote(guest)).toContainText('Soup')
  await expectOptions(page, ['0% 0 votes', '100% 1 vote'])
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('the list leads a guest through the sign-in to the poll', async ({ page, visitor }) => {
    await page.goto('/auth/flowdock')
    await button(page, 'Allow').click()
    await page.goto('/polls/new')
    await field(page, 'Question').fill('Signed in only?')
    await field(page, 'Option 1').fill('Yes')
    await field(page, 'Option 2').fill('No')
    await openSettings(page)
    await page.getByLabel('Only people signed in with Flowdock can vote').check()
    await button(page, 'Create the poll').click()
    const guest = await visitor()
    await guest.goto('/')
    const card = guest.getByRole('article').filter({ hasText: 'Signed in only?' })
    await card.getByRole('link', { name: 'Sign in to vote' }).click()
    await button(guest, 'Allow').click()
    await vote(guest, 'Yes')
    await expect(myVote(guest)).toContainText('Yes')
  })
})
