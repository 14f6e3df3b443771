import type { Locator } from '@playwright/test'
import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const mine = (page: Page) => page.getByRole('list', { name: 'In your order' }).getByRole('listitem')
const press = (page: Page, name: string) => page.getByRole('button', { name }).click()
const rankNext = (page: Page, title: string) => press(page, `Rank next: ${title}`)
const save = (page: Page) => press(page, 'Save my ranking')
const events = (page: Page) => page.locator('#event-list li')
const status = (page: Page) => page.locator('#vote-status')
const rows = (page: Page) => page.getByRole('table').getByRole('row')

async function createPoll(page: Page, titles = ['Rome', 'Oslo', 'Lima']): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Where do we go?')
  for (const [index, title] of titles.entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByRole('radio', { name: /^Rank/ }).check()
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('an order is made by buttons, saved once, and survives live updates until then', async ({ page, visitor }) => {
  await signIn(page, 'Ada')
  await createPoll(page)
  await expect(page.getByText('Put options in order')).toBeVisible()
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())

  await rankNext(page, 'Oslo')
  await expect(page.getByRole('button', { name: 'Rank next: Lima' })).toBeFocused()
  await rankNext(page, 'Rome')
  await press(page, 'Move Rome up')
  await expect(mine(page)).toContainText(['Rome', 'Oslo'])
  await expect(page.getByText('Not saved yet')).toBeVisible()
  await expect(events(page)).toHaveCount(1)

  for (const title of ['Lima', 'Oslo', 'Rome']) await rankNext(other, title)
  await press(other, 'Take Oslo out')
  await save(other)
  await expect(status(other)).toContainText('Your ranking is counted. You can change it until the poll closes.')
  await expect(other.getByText('Not saved yet')).toBeHidden()
  await expect(events(page)).toHaveCount(2)
  await expect(mine(page)).toContainText(['Rome', 'Oslo'])
  await save(page)
  await expect(status(page)).toContainText('Your ranking is counted.')
  await expect(status(page)).toBeFocused()
  await expect(page.getByRole('button', { name: 'Save my ranking' })).toBeHidden()

  for (const window of [page, other]) {
    await expect(rows(window)).toContainText(
      ['Option Round 1 Round 2', 'Rome 1 1', 'Lima 1 1', 'Oslo 0 eliminated'].map(loosely),
    )
    await expect(window.locator('#standing')).toContainText('It is a tie so far: ')
    await expect(events(window)).toHaveCount(3)
  }
  await expectAccessible(page)

  await rankNext(other, 'Oslo')
  await page.getByLabel('Something missing? Add an option').fill('Bern')
  await press(page, 'Add')
  await rankNext(other, 'Bern')
  await expect(mine(other)).toContainText(['Lima', 'Rome', 'Oslo', 'Bern'])
  await press(page, 'Close the poll')
  await expect(other.locator('#standing')).toContainText('It is a tie: ')
  await expect(other.getByRole('group', { name: 'Your ranking' })).toBeHidden()
})

test('options are ranked by dragging, and by the keyboard alone', async ({ page }) => {
  await signIn(page, 'Ada')
  await createPoll(page)
  for (const title of ['Rome', 'Oslo', 'Lima']) await rankNext(page, title)
  await expect(page.getByRole('button', { name: 'Save my ranking' })).toBeFocused()
  await drag(page, mine(page).filter({ hasText: 'Lima' }), mine(page).filter({ hasText: 'Rome' }))
  await expect(mine(page)).toContainText(['1 Lima', '2 Rome', '3 Oslo'].map(loosely))
  await save(page)
  await expect(status(page)).toContainText('Your ranking is counted.')
  await page.reload()
  await expect(mine(page)).toContainText(['1 Lima', '2 Rome', '3 Oslo'].map(loosely))

  const grip = page.getByRole('button', { name: /^Move Oslo, place/ })
  await expect(grip).toHaveAccessibleName('Move Oslo, place 3 of 3')
  await grip.focus()
  await page.keyboard.press('ArrowUp')
  await expect(mine(page)).toContainText(['Lima', 'Oslo', 'Rome'])
  await expect(page.locator('#announcer')).toHaveText('Oslo: place 2 of 3.')
  await page.keyboard.press('ArrowUp')
  await expect(mine(page)).toContainText(['Oslo', 'Lima', 'Rome'])
  await expect(grip).toBeFocused()
  await expect(events(page)).toHaveCount(2)
  await page.getByRole('button', { name: 'Move Lima down' }).press('Enter')
  await expect(page.getByRole('button', { name: 'Move Lima down' })).toBeFocused()
  await page.getByRole('button', { name: 'Withdraw my vote' }).press('Enter')
  await expect(mine(page)).toHaveCount(0)
  await expect(page.locator('#standing')).toContainText('Nobody has voted yet')
})

async function drag(page: Page, from: Locator, to: Locator): Promise<void> {
  const [start, end] = [await from.boundingBox(), await to.boundingBox()]
  if (!start || !end) throw new Error('There is nothing to drag.')
  await page.mouse.move(start.x + 120, start.y + start.height / 2)
  await page.mouse.down()
  await page.mouse.move(end.x + 100, end.y + end.height / 2, { steps: 5 })
  await page.mouse.move(end.x + 100, end.y + 2, { steps: 3 })
  await page.mouse.up()
}

test.describe('with a finger', () => {
  test.use({ hasTouch: true, viewport: { width: 360, height: 740 } })

  test('options are dragged by their grips; touches elsewhere scroll the page', async ({ page }) => {
    await signIn(page, 'Ada')
    await createPoll(page)
    for (const title of ['Rome', 'Oslo', 'Lima']) await rankNext(page, title)
    const place = (title: string) => mine(page).filter({ hasText: title }).locator('.grip')
    await swipe(page, place('Lima'), place('Rome'))
    await expect(mine(page)).toContainText(['1 Lima', '2 Rome', '3 Oslo'].map(loosely))
    const box = await place('Lima').boundingBox()
    expect([box?.width, box?.height].every((size) => (size ?? 0) >= 44)).toBe(true)
    await save(page)
    await expect(status(page)).toContainText('Your ranking is counted.')
    await page.reload()
    await expect(mine(page)).toContainText(['1 Lima', '2 Rome', '3 Oslo'].map(loosely))

    const title = (name: string) => mine(page).filter({ hasText: name }).locator('.option-title')
    await swipe(page, title('Oslo'), title('Lima'))
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0)
    await expect(mine(page)).toContainText(['1 Lima', '2 Rome', '3 Oslo'].map(loosely))
  })
})

/** Swipes like a finger: from one element to just above the other. */
async function swipe(page: Page, from: Locator, to: Locator): Promise<void> {
  const [start, end] = [await from.boundingBox(), await to.boundingBox()]
  if (!start || !end) throw new Error('There is nothing to drag.')
  const x = start.x + start.width / 2
  const [top, bottom] = [end.y - 4, start.y + start.height / 2]
  const client = await page.context().newCDPSession(page)
  const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', y?: number) =>
    client.send('Input.dispatchTouchEvent', { type, touchPoints: y === undefined ? [] : [{ x, y }] })
  await touch('touchStart', bottom)
  for (let step = 1; step <= 8; step++) await touch('touchMove', bottom + ((top - bottom) * step) / 8)
  await touch('touchEnd')
  await client.detach()
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('options are ranked by the numbers of their places', async ({ page, provoke }) => {
    provoke(failedLoad(422))
    await signIn(page, 'Ada')
    await createPoll(page)
    await page.getByLabel('Rome').selectOption('2')
    await page.getByLabel('Lima').selectOption('2')
    await save(page)
    await expect(page.getByRole('alert')).toHaveText(/^Two options have place 2\./)
    await expect(page.getByLabel('Lima')).toHaveValue('2')
    await page.getByLabel('Lima').selectOption('1')
    await save(page)
    await expect(status(page)).toContainText('Your ranking is counted.')
    await expect(page.locator('#standing')).toContainText('Lima leads')
    await expect(page.locator('.places label')).toHaveText(['Lima', 'Rome', 'Oslo'])
    await expect(events(page)).toHaveCount(2)
  })
})

function loosely(text: string): RegExp {
  return new RegExp(text.replaceAll(' ', '\\s*'))
}
