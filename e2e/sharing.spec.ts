import { expectAccessible } from './support/accessible.ts'
import { castButton, choice, expectOptions, field, giveName } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

async function create(page: Page, question: string) {
  await page.goto('/polls/new')
  await field(page, 'Question').fill(question)
  await field(page, 'Option 1').fill('Noodles')
  await field(page, 'Option 2').fill('Soup')
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

const top = async (page: Page, selector: string) => (await page.locator(selector).boundingBox())?.y ?? Number.NaN

test('the creator of a new poll is shown its link first, until somebody has voted', async ({ page, guest }) => {
  await page.addInitScript(() => {
    const shared: unknown[] = []
    Object.assign(window, { shared })
    Object.assign(navigator, { share: async (given: unknown) => void shared.push(given) })
  })
  await create(page, 'Where to go on Monday?')
  await giveName(page, 'Ada')

  await expect(page.getByRole('heading', { name: 'Your poll is ready' })).toBeFocused()
  await expect(page.getByRole('heading', { level: 1 })).toBeInViewport()
  const url = page.url().replace('#share', '')
  await expect(field(page, 'Link to this poll')).toHaveValue(url)
  expect(await top(page, '.share')).toBeLessThan(await top(page, '#vote'))
  await page.getByRole('button', { name: 'Share' }).click()
  expect(await page.evaluate('shared')).toEqual([{ title: 'Where to go on Monday?', url }])
  await expectAccessible(page)

  const bob = await guest('Bob')
  await bob.vote(await bob.poll(url.slice(-16)), 'Soup')
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Your poll is ready' })).toBeHidden()
  expect(await top(page, '.share')).toBeGreaterThan(await top(page, '#vote'))
})

test('until somebody has voted, everybody is offered the link above the options, in one row', async ({
  page,
  guest,
}) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Nobody has voted' })
  await page.setViewportSize({ width: 375, height: 812 })
  await page.goto(poll.url)
  await expect(field(page, 'Link to this poll')).toHaveValue(poll.url)
  await expect(page.getByRole('heading', { name: 'Your poll is ready' })).toHaveCount(0)
  // This browser shares nothing by itself.
  await expect(page.getByRole('button', { name: 'Share' })).toHaveCount(0)
  expect((await page.locator('.share').boundingBox())?.height).toBeLessThan(50)
  const shareTop = await top(page, '.share')
  const voteTop = await top(page, '#vote')
  expect(shareTop).toBeLessThan(voteTop)
  await expect(castButton(page)).toBeInViewport({ ratio: 1 })
  await expectAccessible(page)

  // The first vote moves nothing on a page that is open: only the next page has it below.
  await page.setViewportSize({ width: 375, height: 812 })
  await choice(page, 'Soup').check()
  await ada.vote(poll, 'Noodles')
  await expectOptions(page, [/1 vote/, /0 votes/])
  expect([await top(page, '.share'), await top(page, '#vote')]).toEqual([shareTop, voteTop])
  await expect(choice(page, 'Soup')).toBeChecked()
  await page.reload()
  expect(await top(page, '.share')).toBeGreaterThan(await top(page, '#vote'))
})

/** Opens the link, which only fills a form, and sends that. */
async function openPrivately(page: Page, link: string, javaScriptEnabled = true) {
  await page.goto(link)
  if (!javaScriptEnabled) await field(page, 'Your private link').fill(link)
  await expect(field(page, 'Your private link')).toHaveValue(link)
  if (javaScriptEnabled) await expect(page).toHaveURL(/\/private-link$/)
  await page.getByRole('button', { name: 'Continue' }).click()
}

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled })

    test('a guest manages a poll and changes a vote in another browser with a private link', async ({
      page,
      visitor,
      provoke,
    }) => {
      provoke(failedLoad(422))
      await create(page, `Lost cookies ${way}?`)
      await giveName(page, 'Ada')
      if (javaScriptEnabled) await expectAccessible(page)
      const url = page.url().replace('#share', '')
      const link = await page.getByLabel('Keep this private link').inputValue()
      await page.reload()
      await expect(page.getByLabel('Keep this private link')).toHaveCount(0)
      await expect(page.getByText('Your private link manages this poll in other browsers.')).toBeVisible()

      const phone = await visitor()
      await openPrivately(phone, link, javaScriptEnabled)
      await expect(phone.getByText('You are Ada in this browser now.')).toBeVisible()
      await phone.goto(url)
      await expect(phone.getByRole('link', { name: 'Edit' })).toBeVisible()

      await page.goto('/me')
      await page.getByRole('button', { name: 'Make a new link' }).click()
      const newLink = await field(page, 'Your new private link').inputValue()
      if (javaScriptEnabled) await expectAccessible(page)
      const late = await visitor()
      await openPrivately(late, link, javaScriptEnabled)
      await expect(late.getByText('This link no longer works.')).toBeVisible()
      if (javaScriptEnabled) await expectAccessible(late)
      await field(late, 'Your private link').fill(newLink)
      await late.getByRole('button', { name: 'Continue' }).click()
      await expect(late.getByText('You are Ada in this browser now.')).toBeVisible()

      await page.getByRole('button', { name: 'Revoke' }).click()
      await expect(page.getByText('other browsers no longer know you')).toBeVisible()
      await phone.goto('/me')
      await expect(phone.getByText('This browser does not know you yet.')).toBeVisible()
    })
  })
}

test('a browser of another guest asks before both become one person', async ({ page, visitor }) => {
  await create(page, 'Whose polls?')
  await giveName(page, 'Ada')
  const link = await page.getByLabel('Keep this private link').inputValue()
  const other = await visitor()
  await create(other, 'And this one?')
  await giveName(other, 'Bob')

  await openPrivately(other, link)
  await expect(other.getByRole('heading', { name: 'Become Ada in this browser?' })).toBeVisible()
  await expect(other.getByText('The polls and votes of Bob become those of Ada.')).toBeVisible()
  await expectAccessible(other)
  await other.getByRole('button', { name: 'Become one person' }).click()
  await expect(other.getByText('You are Ada in this browser now.')).toBeVisible()
  await expect(other.getByRole('link', { name: 'Whose polls?', exact: true })).toBeVisible()
  await expect(other.getByRole('link', { name: 'And this one?', exact: true })).toBeVisible()
})
