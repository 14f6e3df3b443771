import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { choice, field, vote } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

/** Forty letters without a space. */
const name = 'אבגדהוזחטי'.repeat(4)
const question = `איפה אוכלים ביום שישי? ${'מילהארוכהמאוד'.repeat(8)}?`
const options = [`מסעדת ${'האטריות'.repeat(14)}`, 'مطعم المعكرونة', 'Soup 100%']
const comment = `אני לא אוהב מרק. ${'חחחחחחחחח'.repeat(20)}`

/** The page as narrow as a phone, and as at 200 % zoom on a screen of 1280 px. */
async function expectToFit(page: Page, what: string): Promise<void> {
  for (const width of [640, 320]) {
    await page.setViewportSize({ width, height: 640 })
    const wide = await page.evaluate(() => {
      const { clientWidth, scrollWidth } = document.documentElement
      const links = [...document.querySelectorAll('.site a')].filter((link) => link.checkVisibility())
      const boxes = links.map((link) => link.getBoundingClientRect())
      const isCut = boxes.some(({ left, right }) => left < 0 || right > clientWidth)
      return { scrolls: scrollWidth - clientWidth, isCut }
    })
    expect(wide, `${what} at ${width} px`).toEqual({ scrolls: 0, isCut: false })
  }
}

test('a poll in Hebrew and Arabic reads from the right, fits, and is accessible', async ({ page, visitor }) => {
  const me = await signIn(page, name)
  const poll = await me.createPoll({ title: question, description: comment, options })
  await page.goto(poll.url)
  await vote(page, options[0] ?? '')
  await expect(page.locator('#vote-status')).toContainText('is counted')
  await field(page, 'Add a comment').fill(comment)
  await page.getByRole('button', { name: 'Comment', exact: true }).click()
  const written = page.getByRole('region', { name: /^Comments/ }).locator('.body')
  await expect(written).toHaveText(comment)

  const titles = page.locator('#results .option-title')
  for (const text of [page.locator('h1'), page.locator('.description'), written, titles.nth(0), titles.nth(1)])
    await expect(text).toHaveCSS('direction', 'rtl')
  await expect(titles.nth(2)).toHaveCSS('direction', 'ltr')
  await expect(page.getByRole('link', { name }).locator('bdi')).toHaveCSS('direction', 'rtl')
  await expectToFit(page, 'the poll')
  await expectAccessible(page)

  const { pathname } = new URL(poll.url)
  for (const part of ['votes', 'comments', 'activity']) {
    await page.goto(`${pathname}/${part}`)
    await expect(page.locator('h1 bdi')).toHaveCSS('direction', 'rtl')
    await expectToFit(page, part)
  }
  for (const path of ['/', '/me', `${pathname}/votes/manage`, `${pathname}/edit`]) {
    await page.goto(path)
    await expectToFit(page, path)
  }
  await expect(field(page, 'Question')).toHaveCSS('direction', 'rtl')

  const other = await visitor({ viewport: { width: 320, height: 640 } })
  await other.goto(poll.url)
  await expect(choice(other, options[1] ?? '')).toBeVisible()
  await other.getByRole('link', { name: 'Make a poll like this' }).click()
  await expect(field(other, 'Option 1')).toHaveCSS('direction', 'rtl')
  await expectToFit(other, 'the form')
})
