import { expectAccessible } from './support/accessible.ts'
import { signIn } from './support/person.ts'
import { field } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

const slider = (page: Page, title: string) => page.getByRole('slider', { name: title })
const save = (page: Page) => page.locator('#save-scores').click()

async function createPoll(page: Page): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill('How do you like them?')
  for (const [index, title] of ['Apples', 'Plums'].entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByLabel('Points: 0 to 5 for each option').check()
  await page.getByRole('button', { name: 'Create the poll' }).click()
}

test('points are given by dragging and by the keyboard, and seen in every window at once', async ({
  page,
  visitor,
}) => {
  const ada = await signIn(page, 'Ada')
  await createPoll(page)
  const other = await visitor()
  await signIn(other, 'Bob')
  await other.goto(page.url())

  await drag(page, 'Apples')
  await slider(page, 'Plums').focus()
  for (let presses = 0; presses < 2; presses++) await page.keyboard.press('ArrowRight')
  await slider(other, 'Plums').fill('1')
  await save(page)
  await expect(page.locator('#save-scores')).toHaveText('Change my vote')
  await expect(other.locator('#standing')).toContainText('Apples leads')
  await expectAccessible(page)

  // What is not saved yet stays where it was drawn, while others vote and add options.
  await page.getByLabel('Something missing? Add an option').fill('Pears')
  await page.getByRole('button', { name: 'Add', exact: true }).click()
  await expect(slider(other, 'Pears')).toHaveValue('0')
  await expect(slider(other, 'Plums')).toHaveValue('1')
  await slider(other, 'Pears').fill('5')
  const id = new URL(page.url()).pathname.slice(-16)
  await ada.renameOption(await ada.poll(id), 'Pears', 'Figs')
  await expect(slider(other, 'Figs')).toHaveValue('5')
  await save(other)
  await expect(page.locator('#standing')).toContainText('It is a tie so far: Apples and Figs')
  await expect(slider(page, 'Apples')).toHaveValue('5')
  await expect(slider(page, 'Plums')).toHaveValue('2')

  await page.getByRole('button', { name: 'Remove my vote' }).click()
  await expect(slider(page, 'Apples')).toHaveValue('0')
  await expect(page.locator('#save-scores')).toHaveText('Vote')
})

async function drag(page: Page, title: string): Promise<void> {
  const box = await slider(page, title).boundingBox()
  if (!box) throw new Error('There is nothing to drag.')
  await page.mouse.move(box.x + 5, box.y + box.height / 2)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width - 3, box.y + box.height / 2, { steps: 6 })
  await page.mouse.up()
  await expect(slider(page, title)).toHaveValue('5')
}

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('points are given by a plain form', async ({ page }) => {
    await signIn(page, 'Ada')
    await createPoll(page)
    await slider(page, 'Plums').fill('3')
    await save(page)
    await expect(page.locator('#standing')).toContainText('Plums leads')
    await expect(slider(page, 'Plums')).toHaveValue('3')
    await page.getByRole('button', { name: 'Remove my vote' }).click()
    await expect(page.locator('#standing')).toContainText('Nobody has voted yet')
  })
})
