import AxeBuilder from '@axe-core/playwright'
import { plainTexts, states } from './support/states.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const sizes = { desktop: { width: 1100, height: 900 }, phone: { width: 360, height: 740 } }

test.beforeEach(({ provoke }) =>
  provoke(failedLoad(422), failedLoad(409), failedLoad(404), failedLoad(403), /csrf secret/),
)

for (const [name, bring] of Object.entries(states)) {
  test(`axe finds nothing: ${name}`, async ({ page, baseURL }) => {
    await bring({ page, texts: plainTexts, url: baseURL ?? '' })
    await expectAccessible(page)
  })
}

test.describe('with an empty database', () => {
  test.use({ baseURL: ({ emptyServer }, use) => use(emptyServer.url) })

  test('axe finds nothing: list without polls', async ({ page }) => {
    await page.goto('/')
    await expectAccessible(page)
  })
})

/** On a desktop and on a phone, in light and in dark. */
async function expectAccessible(page: Page): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await new AxeBuilder({ page }).withTags(tags).setLegacyMode().analyze()
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`),
      )
      expect(found, `${size}, ${colorScheme}`).toEqual([])
    }
  }
}
