import { expect, type Locator, type Page } from '@playwright/test'

const maxSteps = 120

/** Presses Tab until the element has the focus. Each element on the way must show its focus. */
export async function tabTo(target: Locator, { backwards = false } = {}): Promise<void> {
  const page = target.page()
  await expect(target).toBeVisible()
  for (let step = 0; step < maxSteps; step++) {
    await page.keyboard.press(backwards ? 'Shift+Tab' : 'Tab')
    expect(await focusIsHidden(page)).toBeUndefined()
    if (await target.evaluate((element) => element === document.activeElement)) return
  }
  throw new Error(`Tab never reached ${target}.`)
}

/** The element that has the focus without showing it. */
function focusIsHidden(page: Page): Promise<string | undefined> {
  return page.evaluate(() => {
    const element = document.activeElement
    if (!element || element === document.body) return undefined
    const { top, bottom, left, right, width, height } = element.getBoundingClientRect()
    const style = getComputedStyle(element)
    const isOutlined = style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2
    const isInView = top < innerHeight && bottom > 0 && left < innerWidth && right > 0 && width > 1 && height > 1
    return isOutlined && isInView ? undefined : element.outerHTML
  })
}
