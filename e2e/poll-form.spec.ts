import { signIn } from './support/person.ts'
import { expectOptions, field, openSettings } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const optionsIn = (page: Page) =>
  page
    .getByRole('textbox', { name: /^Option \d/ })
    .evaluateAll((inputs) => inputs.map((input) => (input as HTMLInputElement).value))

/** Pastes text without the machine's clipboard. */
async function paste(page: Page, label: string, text: string): Promise<void> {
  await field(page, label).focus()
  const isLeftToBrowser = await field(page, label).evaluate((input, pasted) => {
    const clipboardData = new DataTransfer()
    clipboardData.setData('text/plain', pasted)
    return input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }))
  }, text)
  if (isLeftToBrowser) await page.keyboard.insertText(text)
}

test('each line pasted into an option becomes an option', async ({ page }) => {
  await signIn(page, 'Ada')
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Lunch?')
  await field(page, 'Option 4').fill('Rice')
  await paste(page, 'Option 1', 'Soup\r\n\n  Noodles \nSalad\u2028Bread\n')
  expect(await optionsIn(page)).toEqual(['Soup', 'Noodles', 'Salad', 'Bread', 'Rice'])
  await expect(field(page, 'Option 4')).toBeFocused()
  await paste(page, 'Option 5', ' and beans')
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expectOptions(page, ['Soup', 'Noodles', 'Salad', 'Bread', 'Rice and beans'])
})

test('a message names the pasted lines that do not fit', async ({ page }) => {
  await page.goto('/polls/new')
  await paste(page, 'Option 1', Array.from({ length: 60 }, (_, index) => `Line ${index + 1}`).join('\n'))
  expect(await optionsIn(page)).toHaveLength(50)
  await expect(page.getByRole('status').filter({ hasText: '10 lines did not fit' })).toBeAttached()
})

test('each line pasted into the new-option field becomes an option', async ({ page, guest, provoke }) => {
  provoke(failedLoad(409))
  const poll = await (await guest('Ada')).createPoll({ title: 'Dinner?' })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await field(page, 'Add an option').fill('Rice')
  await paste(page, 'Add an option', ' and beans\r\n\n Salad \nsoup')
  await expect(field(page, 'Add an option')).toHaveValue('Rice and beans\nSalad\nsoup')
  await expect(field(page, 'Add an option')).toBeFocused()
  await expect(page.getByText('3 options, one on each line.')).toBeVisible()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(page.getByRole('alert')).toContainText('Line 3: This option exists already: “Soup”.')
  await expect(field(page, 'Add an option')).toHaveValue('Rice and beans\nSalad\nsoup')
  await field(page, 'Add an option').fill('Rice and beans\nSalad')
  await expect(page.getByText('2 options, one on each line.')).toBeVisible()
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expectOptions(page, ['Noodles', 'Soup', 'Rice and beans', 'Salad'])
  await expect(field(page, 'Add an option')).toHaveValue('')
})

test('Enter that confirms a word of an input method stays in the option', async ({ page }) => {
  await page.goto('/polls/new')
  await field(page, 'Option 1').focus()
  const press = (how: { isComposing: boolean; keyCode: number }) =>
    field(page, 'Option 1').evaluate((input, init) => {
      input.dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, ...init }))
    }, how)
  await press({ isComposing: true, keyCode: 13 })
  await press({ isComposing: false, keyCode: 229 })
  await expect(field(page, 'Option 1')).toBeFocused()
  await press({ isComposing: false, keyCode: 13 })
  await expect(field(page, 'Option 2')).toBeFocused()
})

const preset = (page: Page, name: string) => page.getByRole('radio', { name: new RegExp(`^${name}`) }).check()

/** From options to dates and back, also by way of an answer of the server. */
async function switchPresets(page: Page): Promise<void> {
  await signIn(page, 'Ada')
  await page.goto('/polls/new')
  await field(page, 'Question').fill('x')
  await field(page, 'Option 1').fill('Soup')
  await field(page, 'Option 2').fill('Noodles')
  await expect(page.getByLabel(/^Day/).first()).toBeHidden()
  const limit = page.getByLabel('Maximum votes per option')
  await openSettings(page)
  await limit.fill('3')

  await preset(page, 'Find a date')
  await expect(field(page, 'Option 1')).toBeHidden()
  await expect(limit).toBeHidden()
  const day = page.getByLabel('Day', { exact: true }).first()
  await day.fill('2027-03-10')
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expect(page.getByText('The question is too short')).toBeVisible()
  await expect(page.getByText('A poll needs at least 2 options.')).toBeVisible()
  await expect(day).toHaveValue('2027-03-10')

  await preset(page, 'Pick several')
  await expect(field(page, 'Option 2')).toHaveValue('Noodles')
  await expect(page.getByText('A poll needs at least 2 options.')).toBeHidden()
  await expect(limit).toHaveValue('3')
  await field(page, 'Maximum number of options per person').fill('2')
  await preset(page, 'Anonymous vote')
  await expect(field(page, 'Maximum number of options per person')).toBeHidden()
  await expect(limit).toBeHidden()
  await expect(page.getByText('Anonymous: nobody sees')).toBeHidden()
  await field(page, 'Question').fill('What do we eat?')
  await page.getByRole('button', { name: 'Create the poll' }).click()
  await expectOptions(page, ['Soup', 'Noodles'])
  await expect(page.getByText('Anonymous', { exact: true })).toBeVisible()
}

test('switching presets keeps what was typed', async ({ page, provoke }) => {
  provoke(failedLoad(422))
  await switchPresets(page)
})

for (const [way, away] of [
  ['a reload', (page: Page) => page.reload()],
  ['going back', (page: Page) => page.goto('/').then(() => page.goBack())],
] as const) {
  test(`${way} keeps what was typed, and shows the rules that are set`, async ({ page }) => {
    await page.addInitScript('delete Map.groupBy') // Safari has it since 17.4, Firefox since 119.
    await page.goto('/polls/new')
    await expect(page.getByText('Anonymous: nobody sees who voted for what')).toBeHidden()
    await field(page, 'Question').fill('Lunch?')
    await paste(page, 'Option 1', 'Soup\nNoodles\nSalad\nBread\nRice')
    await page.getByRole('radio', { name: /^Rank/ }).check()
    await page.getByText('More settings').click()
    await page.getByLabel(/^Closing time/).fill('2030-12-24T18:00')
    await page.getByLabel('Anonymous: nobody sees who voted for what').check()
    await page.getByLabel('Others may add options').check()
    await away(page)
    await expect(field(page, 'Question')).toHaveValue('Lunch?')
    expect(await optionsIn(page)).toEqual(['Soup', 'Noodles', 'Salad', 'Bread', 'Rice'])
    await expect(page.getByRole('radio', { name: /^Rank/ })).toBeChecked()
    await expect(page.getByLabel('Others may add options')).toBeChecked()
    await expect(page.getByLabel(/^Closing time/)).toHaveValue('2030-12-24T18:00')
    await expect(page.getByLabel('Anonymous: nobody sees who voted for what')).toBeVisible()
    await expect(page.getByLabel('Anonymous: nobody sees who voted for what')).toBeChecked()
  })
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })
  test.beforeEach(({ provoke }) => provoke(failedLoad(422)))

  test('switching presets keeps what was typed', ({ page }) => switchPresets(page))

  test('all rules are visible, as a browser may restore hidden ones', async ({ page }) => {
    await page.goto('/polls/new')
    await expect(page.getByLabel('Anonymous: nobody sees who voted for what')).toBeVisible()
  })
})
