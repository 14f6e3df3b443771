import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

test('a printed poll shows results, comments and activity, without controls', async ({ page, guest }) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'On paper', description: 'All of it' })
  await ada.vote(poll, 'Soup')
  await ada.comment(poll, 'Nice print')
  await (await guest('Bob')).vote(poll, 'Soup')
  await page.goto(poll.url)
  const controls = ['Add', 'Comment', 'Withdraw my vote', 'Close the poll', 'Copy link'].map((name) =>
    page.getByRole('button', { name, exact: true }),
  )
  for (const control of controls) await expect(control).toBeVisible()
  await page.emulateMedia({ media: 'print' })

  await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
  for (const text of ['All of it', 'Soup leads', '100% 2 votes', 'Nice print', 'Bob voted for Soup']) {
    await expect(page.getByText(text).first()).toBeVisible()
  }
  await expect(
    page.locator('input:visible, textarea:visible, summary:visible, .button:visible, nav:visible'),
  ).toHaveCount(0)
  for (const control of controls) await expect(control).toBeHidden()
  await expect(page.getByText('Choose one option.')).toBeHidden()
  await expect(page.getByText('Skip to the content')).toBeHidden()
})

test('a printed poll of dates shows the dates, and leaves out empty fields', async ({ page, guest }) => {
  const options = ['2027-12-24', '2027-12-25']
  const poll = await (await guest('Ada')).createPoll({
    title: 'Dates on paper',
    method: 'dates',
    timeZone: 'UTC',
    options,
  })
  await page.goto(poll.url)
  await page.emulateMedia({ media: 'print' })
  const size = (text: string) => {
    const time = page.locator('#dates').getByText(text)
    return time.evaluate((element) => getComputedStyle(element).fontSize)
  }
  for (const text of ['Fri, 24 Dec 2027', 'Sat, 25 Dec 2027']) expect(await size(text)).toBe('16px')
  await expect(page.getByText('Your availability')).toBeHidden()
  for (const answer of ['Yes', 'No answer']) await expect(page.locator('#dates').getByText(answer).first()).toBeHidden()
})

test('a printed list shows its polls', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Listed on paper' })
  await page.goto(`/?q=${encodeURIComponent(poll.title)}`)
  await page.emulateMedia({ media: 'print' })
  await expect(page.getByRole('heading', { name: poll.title })).toBeVisible()
  await expect(page.getByRole('searchbox')).toBeHidden()
  await expect(page.getByRole('button', { name: 'Search' })).toBeHidden()
  await expect(page.getByRole('navigation', { name: 'Which polls' })).toBeHidden()
})

test('a page printed from a dark screen is dark on light', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Save the toner' })
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' })
  await page.goto(poll.url)
  const colors = await page.getByRole('heading', { level: 1 }).evaluate((heading) => ({
    text: getComputedStyle(heading).color,
    ground: getComputedStyle(document.body).backgroundColor,
  }))
  expect(brightness(colors.text)).toBeLessThan(90)
  expect(brightness(colors.ground)).toBeGreaterThan(240)
})

test('nothing moves for people who prefer reduced motion', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Calm' })
  await page.goto(poll.url)
  expect(await moving(page)).toContain('bar-fill')
  await page.emulateMedia({ reducedMotion: 'reduce' })
  expect(await moving(page)).toEqual([])
})

test('bars are as long as their share', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Shares', options: ['One', 'Three'] })
  for (const [index, title] of ['One', 'Three', 'Three', 'Three'].entries()) {
    await (await guest(`Guest ${index}`)).vote(poll, title)
  }
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await page.goto(poll.url)
  for (const [title, share] of [
    ['One', 0.25],
    ['Three', 0.75],
  ] as const) {
    const width = async (part: string) =>
      (await page.locator('#results .option').filter({ hasText: title }).locator(part).boundingBox())?.width ?? 0
    expect((await width('.bar-fill')) / (await width('.bar-track'))).toBeCloseTo(share, 1)
  }
})

test('the page follows the system from light to dark', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' })
  await page.goto('/me')
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  expect(brightness(await ground())).toBeGreaterThan(200)
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(brightness(await ground())).toBeLessThan(60)
  await expect(field(page, 'Display name')).toBeVisible()
})

/** Classes of elements that have a transition or an animation. */
function moving(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const all = [...document.querySelectorAll('*')].filter((element) => {
      const { transitionDuration, animationName } = getComputedStyle(element)
      return Number.parseFloat(transitionDuration) > 0 || animationName !== 'none'
    })
    return [...new Set(all.map((element) => element.getAttribute('class') ?? element.tagName))]
  })
}

/** Of a color such as rgb(1, 2, 3), from 0 to 255. */
function brightness(color: string): number {
  const [red = 0, green = 0, blue = 0] = color.match(/\d+/g)?.map(Number) ?? []
  return (red + green + blue) / 3
}
