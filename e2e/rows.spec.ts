import { field } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

const rows = (page: Page) => page.getByRole('textbox', { name: /^Option \d+$/ })
const titles = (page: Page) => rows(page).evaluateAll((all) => all.map((row) => (row as HTMLInputElement).value))

test('rows of options are added, removed and moved with the mouse', async ({ page }) => {
  await page.goto('/polls/new')
  await expect(rows(page)).toHaveCount(4)
  for (const [index, title] of ['A', 'B', 'C', 'D'].entries()) await rows(page).nth(index).fill(title)
  await page.getByRole('button', { name: 'Add an option' }).click()
  await expect(field(page, 'Option 5')).toBeFocused()
  await field(page, 'Option 5').fill('E')

  await expect(page.getByRole('button', { name: 'Move option 1 up' })).toBeDisabled()
  await expect(page.getByRole('button', { name: 'Move option 5 down' })).toBeDisabled()
  await page.getByRole('button', { name: 'Move option 5 up' }).click()
  expect(await titles(page)).toEqual(['A', 'B', 'C', 'E', 'D'])
  await page.getByRole('button', { name: 'Move option 1 down' }).click()
  expect(await titles(page)).toEqual(['B', 'A', 'C', 'E', 'D'])
  await page.getByRole('button', { name: 'Remove option 3' }).click()
  expect(await titles(page)).toEqual(['B', 'A', 'E', 'D'])
  await page.getByRole('button', { name: 'Remove option 1' }).click()
  await page.getByRole('button', { name: 'Remove option 1' }).click()
  expect(await titles(page)).toEqual(['E', 'D'])
  await expect(page.getByRole('button', { name: 'Remove option 1' })).toBeDisabled()
})

test('the form has at most as many rows as a poll holds options', async ({ page }) => {
  await page.goto('/polls/new')
  const more = page.getByRole('button', { name: 'Add an option' })
  for (let row = 5; row <= 50; row++) await more.click()
  await expect(rows(page)).toHaveCount(50)
  await expect(more).toBeHidden()
  await field(page, 'Option 50').press('Enter')
  await expect(rows(page)).toHaveCount(50)
  await page.getByRole('button', { name: 'Remove option 50' }).click()
  await expect(more).toBeVisible()
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a button adds rows, and keeps everything typed', async ({ page }) => {
    await page.goto('/polls/new')
    await field(page, 'Question').fill('Many?')
    await field(page, 'Description').fill('Line one\n  line two')
    await page.getByLabel('Others may add options').check()
    for (let row = 0; row < 4; row++) await rows(page).nth(row).fill(`Choice ${row}`)
    await page.getByRole('button', { name: 'Add more rows' }).click()
    await expect(rows(page)).toHaveCount(9)
    await expect(field(page, 'Question')).toHaveValue('Many?')
    await expect(field(page, 'Description')).toHaveValue('Line one\n  line two')
    await expect(page.getByLabel('Others may add options')).toBeChecked()
    expect((await titles(page)).slice(0, 5)).toEqual(['Choice 0', 'Choice 1', 'Choice 2', 'Choice 3', ''])
    await expect(page.getByRole('button', { name: /^(Move|Remove)/ })).toHaveCount(0)
  })

  test('Enter creates the poll', async ({ page }) => {
    await page.goto('/polls/new')
    await field(page, 'Option 1').fill('Yes')
    await field(page, 'Option 2').fill('No')
    await field(page, 'Question').fill('Quick?')
    await field(page, 'Question').press('Enter')
    await expect(page.getByRole('heading', { name: 'What is your name?' })).toBeVisible()
  })
})
