import { giveName, myVote, voteFor } from './support/poll-page.ts'
import { states, type Texts } from './support/states.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const unbroken: Texts = {
  poll: {
    title: 'W'.repeat(200),
    description: `${'x'.repeat(400)} https://example.org/${'y'.repeat(400)}`,
    options: ['M'.repeat(200), '🍜'.repeat(150), 'i'],
  },
  comment: 'm'.repeat(900),
  name: 'N'.repeat(60),
}

const otherScripts: Texts = {
  poll: {
    title: '<script>alert("x")</script> أين نأكل الغداء يوم الجمعة؟ 👩‍👩‍👧‍👦👨🏽‍🚀',
    description: 'איפה אוכלים? Z̷̡̛a̶̢l̵g̸o\n'.repeat(3),
    options: [
      'مطعم المعكرونة & نودلز',
      '</div><b>bold</b>',
      '昼食はどこで食べますか昼食はどこで食べますか昼食はどこで食べますか',
    ],
  },
  comment: 'نعم! <img src=x onerror=alert(1)> 🎉🎉🎉',
  name: 'زوي 🦄 <i>',
}

test.beforeEach(({ provoke }) =>
  provoke(failedLoad(422), failedLoad(409), failedLoad(404), failedLoad(403), /csrf secret/),
)

for (const [kind, texts] of Object.entries({ unbroken, 'in other scripts': otherScripts })) {
  for (const [name, bring] of Object.entries(states)) {
    test(`a phone need not scroll sideways, texts ${kind}: ${name}`, async ({ page, baseURL }) => {
      await page.setViewportSize({ width: 360, height: 740 })
      await bring({ page, texts, url: baseURL ?? '' })
      await expectNoSidewaysScrolling(page)
      await page.setViewportSize({ width: 320, height: 640 })
      await expectNoSidewaysScrolling(page)
    })
  }
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

  test('one creates a poll and votes with the thumb', async ({ page }) => {
    await page.goto('/')
    await page.getByRole('link', { name: 'New poll' }).tap()
    await page.getByRole('textbox', { name: 'Question' }).fill('Thumbs?')
    await page.getByRole('textbox', { name: 'Option 1' }).fill('Up')
    await page.getByRole('textbox', { name: 'Option 2' }).fill('Down')
    await page.getByRole('button', { name: 'Move option 2 up' }).tap()
    await page.getByRole('button', { name: 'Remove option 4' }).tap()
    await page.getByRole('button', { name: 'Create the poll' }).tap()
    await giveName(page, 'Ada')
    await voteFor(page, 'Down').tap()
    await expect(myVote(page)).toContainText('Down')
    await page.getByRole('button', { name: 'Close the poll' }).tap()
    await expect(page.getByText('Winner: Down').first()).toBeVisible()
    expect(await page.evaluate(() => visualViewport?.scale)).toBe(1)
  })
})
