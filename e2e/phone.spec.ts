import { signIn } from './support/person.ts'
import { castButton, choice, giveName, myVote } from './support/poll-page.ts'
import { states, type Texts } from './support/states.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const inTwoDays = new Date(Date.now() + 2 * 86_400_000).toISOString()

/** Long without a place to break, right to left, pictures, and markup. */
const texts: Texts = {
  poll: {
    title: `<script>alert("x")</script> أين نأكل الغداء يوم الجمعة؟ 👩‍👩‍👧‍👦 ${'W'.repeat(130)}`,
    description: `${'x'.repeat(400)} https://example.org/${'y'.repeat(400)}\nאיפה אוכלים? Z̷̡̛a̶̢l̵g̸o`,
    category: `<b>طعام</b> ${'W'.repeat(28)}`,
    options: [
      'M'.repeat(200),
      `مطعم المعكرونة & ${'نودلز'.repeat(30)}`,
      '</div><b>🍜</b>',
      '昼食はどこで食べますか'.repeat(9),
      'i',
    ],
  },
  comment: `نعم! <img src=x onerror=alert(1)> ${'🎉m'.repeat(300)}`,
  name: `زوي<i>${'N'.repeat(54)}`,
}

test.beforeEach(({ provoke }) =>
  provoke(failedLoad(422), failedLoad(409), failedLoad(404), failedLoad(403), /csrf secret/),
)

for (const [name, bring] of Object.entries(states)) {
  test(`a phone need not scroll sideways: ${name}`, async ({ page, baseURL }) => {
    await page.setViewportSize({ width: 360, height: 740 })
    await bring({ page, texts, url: baseURL ?? '' })
    await expectNoSidewaysScrolling(page)
    await page.setViewportSize({ width: 320, height: 640 })
    await expectNoSidewaysScrolling(page)
  })
}

async function expectNoSidewaysScrolling(page: Page): Promise<void> {
  const tooWide = await page.evaluate(() => {
    const { clientWidth, scrollWidth } = document.documentElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) => element.getBoundingClientRect().right > clientWidth + 1,
    )
    return [`${scrollWidth} > ${clientWidth}`, ...wide.map((element) => element.outerHTML.slice(0, 120))]
  })
  expect(tooWide).toEqual([])
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true })

  test('a person creates a poll and votes with the thumb', async ({ page }) => {
    await page.goto('/')
    await page.getByRole('link', { name: 'New poll' }).tap()
    await page.getByRole('textbox', { name: 'Question' }).fill('Thumbs?')
    await page.getByRole('textbox', { name: 'Option 1' }).fill('Up')
    await page.getByRole('textbox', { name: 'Option 2' }).fill('Down')
    await page.getByRole('button', { name: 'Move option 2 up' }).tap()
    await page.getByRole('button', { name: 'Remove option 4' }).tap()
    await page.getByRole('button', { name: 'Create the poll' }).tap()
    await giveName(page, 'Ada')
    await choice(page, 'Down').tap()
    await castButton(page).tap()
    await expect(myVote(page)).toContainText('Down')
    await page.getByRole('button', { name: 'Close the poll' }).tap()
    await expect(page.getByText('Winner: Down').first()).toBeVisible()
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1)
  })
})

for (const width of [320, 640]) {
  test(`nothing of the header but a long name is cut, and all is large enough for a thumb, at ${width} px`, async ({
    page,
  }) => {
    await page.setViewportSize({ width, height: 700 })
    await signIn(page, 'Wilhelmina Alexandrina von Hohenstaufen')
    await page.goto('/')
    const links = page.locator('.site a, .site-footer a').filter({ visible: true })
    for (const link of await links.all()) {
      const { width, height } = (await link.boundingBox()) ?? { width: 0, height: 0 }
      expect(Math.min(width, height), await link.innerText()).toBeGreaterThanOrEqual(43.9)
      const isCut = await link.evaluate((element) => element.scrollWidth > element.clientWidth)
      expect(isCut, await link.innerText()).toBe((await link.innerText()).startsWith('Wilhelmina'))
    }
    await expectNoSidewaysScrolling(page)
  })
}

test.describe('a German browser', () => {
  test.use({ locale: 'de-DE', timezoneId: 'Europe/Berlin' })

  test('shows times in the language of the page', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'When?', closesAt: inTwoDays })
    await page.goto(poll.url)
    await expect(page.locator('.closes time').last()).toHaveText(
      /^[A-Z][a-z]+day,? \d+ [A-Z][a-z]+ \d{4} at \d\d:\d\d$/,
    )
    await expect(page.locator('.closes time').first()).toHaveAttribute('title', /day,? \d+ [A-Z]/)
  })
})

test('a description and an option from right to left begin at the right', async ({ page, guest }) => {
  const arabic = 'أين نأكل الغداء'
  const poll = await (await guest('Ada')).createPoll({ title: arabic, description: arabic, options: [arabic, 'Soup'] })
  await page.goto(poll.url)
  const box = async (selector: string, place = 0) => {
    const { x = 0, width = 0 } = (await page.locator(selector).nth(place).boundingBox()) ?? {}
    return { left: x, right: x + width }
  }
  expect((await box('.description')).right).toBeCloseTo((await box('h1')).right, 0)
  expect((await box('.option-title')).left).toBeGreaterThan((await box('.option-count')).right)
  expect((await box('.option-title', 1)).right).toBeLessThan((await box('.option-count', 1)).left)
})
