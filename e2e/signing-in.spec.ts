import { expectAccessible } from './support/accessible.ts'
import { button, createPoll, test } from './support/flowdock.ts'
import { tabTo } from './support/keyboard.ts'
import { expectOptions, field, giveName, myVote, vote } from './support/poll-page.ts'
import { expect, type Page } from './support/test.ts'

const signInLink = (page: Page) => page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Sign in' })

for (const javaScriptEnabled of [true, false]) {
  test.describe(javaScriptEnabled ? 'with JavaScript' : 'without JavaScript', () => {
    test.use({ javaScriptEnabled })

    test('a person signs in from a page, returns there, and signs out, which deletes typed text', async ({ page }) => {
      await page.goto('/polls/new')
      await signInLink(page).click()
      await button(page, 'Allow').click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('New poll')
      await expect(signInLink(page)).toHaveCount(0)
      if (javaScriptEnabled) await page.getByText('More settings').click()
      await page.locator('#roll').fill('eve@example.org')
      await page.getByRole('link', { name: 'Maija Virtanen' }).click()
      await button(page, 'Sign out').click()
      await expect(page.getByText('This browser does not know you yet.')).toBeVisible()
      await expect(signInLink(page)).toBeVisible()
      while (!page.url().endsWith('/polls/new')) await page.goBack()
      await expect(page.locator('#roll')).toHaveValue('')
    })
  })
}

test('the header fits on a phone, and axe finds nothing', async ({ page }) => {
  const fits = () => page.evaluate('document.documentElement.scrollWidth <= innerWidth')
  await page.setViewportSize({ width: 320, height: 640 })
  await page.goto('/')
  expect(await fits()).toBe(true)
  await page.goto('/me')
  await field(page, 'Display name').fill('A-name-that-does-not-want-to-be-broken-anywhere-in-it')
  await button(page, 'Save').click()
  expect(await fits()).toBe(true)
  await expectAccessible(page)
})

test('the keyboard reaches the sign-in', async ({ page }) => {
  await page.goto('/')
  await tabTo(signInLink(page))
  await page.keyboard.press('Enter')
  await expect(button(page, 'Allow')).toBeVisible()
})

test('the account can be unlinked and linked again', async ({ page }) => {
  await page.goto('/auth/flowdock?back=/me')
  await button(page, 'Allow').click()
  await expectAccessible(page)
  await page.getByRole('link', { name: 'Unlink Maija Virtanen in Flowdock' }).click()
  await expectAccessible(page)
  await button(page, 'Unlink the account').click()
  await expect(page.getByText('The account is unlinked.')).toBeVisible()
  await expectAccessible(page)
  await page.getByRole('main').getByRole('link', { name: 'Sign in with Flowdock' }).click()
  await button(page, 'Allow').click()
  await expect(page.getByRole('heading', { name: 'Linked accounts' })).toBeVisible()
  await expect(button(page, 'Sign out')).toBeVisible()
})

test('a person who voted in two browsers has one vote after signing in', async ({ page, visitor }) => {
  await page.goto('/auth/flowdock')
  await button(page, 'Allow').click()
  await createPoll(page, 'Tea or coffee?', ['Tea', 'Coffee'])
  await vote(page, 'Tea')
  await expect(myVote(page)).toContainText('Tea')

  const elsewhere = await visitor()
  await elsewhere.goto(new URL(page.url()).pathname)
  await vote(elsewhere, 'Coffee')
  await giveName(elsewhere, 'On the train')
  await expectOptions(page, ['50% 1 vote', '50% 1 vote'])

  await signInLink(elsewhere).click()
  await button(elsewhere, 'Allow').click()
  await expect(elsewhere.getByText('What you did as On the train is yours now.')).toBeVisible()
  await expect(myVote(elsewhere)).toContainText('Coffee')
  for (const one of [page, elsewhere]) {
    await expectOptions(one, ['0% 0 votes', '100% 1 vote'])
    await expect(one.getByText(/was the guest On the train here: of the votes for Coffee and for Tea/)).toBeVisible()
  }
  await expect(myVote(page)).toContainText('Coffee')
})
