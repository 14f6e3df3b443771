import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** The rules for colours: only colours differ in dark mode. */
const rulesOfColours = ['color-contrast', 'link-in-text-block']
const sizes = { desktop: { width: 1100, height: 900 }, phone: { width: 360, height: 740 } }

/** Expects that axe finds nothing: on a desktop and on a phone, in light and in dark. */
export async function expectAccessible(page: Page): Promise<void> {
  for (const [size, viewport] of Object.entries(sizes)) {
    await page.setViewportSize(viewport)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const axe = new AxeBuilder({ page }).setLegacyMode()
      const rules = colorScheme === 'light' ? axe.withTags(tags) : axe.withRules(rulesOfColours)
      const { violations } = await rules.analyze()
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`),
      )
      expect(found, `${size}, ${colorScheme}`).toEqual([])
    }
  }
}
