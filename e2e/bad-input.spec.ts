import { signIn } from './support/person.ts'
import { expectOptions, field, giveName } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

/** Expects the field to be marked as wrong, with the error, the typed text, and the focus. */
async function expectWrong(page: Page, label: string, { message, typed }: { message: string; typed: string }) {
  await expect(field(page, label)).toHaveAttribute('aria-invalid', 'true')
  await expect(field(page, label)).toHaveAccessibleDescription(message)
  await expect(page.getByText(message)).toBeVisible()
  await expect(field(page, label)).toHaveValue(typed)
  await expect(field(page, label)).toBeFocused()
}

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(`bad input, ${way}`, () => {
    test.use({ javaScriptEnabled })
    test.beforeEach(({ provoke }) => provoke(failedLoad(422)))

    test('a new poll', async ({ page }) => {
      await page.goto('/polls/new')
      await field(page, 'Question').fill('x')
      await field(page, 'Description').fill('ü'.repeat(5_001))
      await field(page, 'Option 1').fill('Soup')
      await field(page, 'Option 2').fill(' SOUP ')
      await field(page, 'Option 3').fill('s'.repeat(201))
      await page.getByRole('button', { name: 'Create the poll' }).click()

      await expect(page.getByRole('alert').filter({ hasText: '4 things need correcting' })).toBeVisible()
      const tooShort = 'The question is too short: it has 1 of at least 3 characters.'
      await expectWrong(page, 'Question', { message: tooShort, typed: 'x' })
      await expect(field(page, 'Description')).toHaveAccessibleDescription(/too long: it has 5001 characters/)
      await expect(field(page, 'Description')).toHaveValue('ü'.repeat(5_001))
      await expect(field(page, 'Option 1')).not.toHaveAttribute('aria-invalid')
      await expect(field(page, 'Option 2')).toHaveAccessibleDescription('This is the same as option 1.')
      await expect(field(page, 'Option 2')).toHaveValue(' SOUP ')
      await expect(field(page, 'Option 3')).toHaveAccessibleDescription(/too long/)
      await expect(page).toHaveTitle(/^Error: New poll/)

      await field(page, 'Question').fill('Longer')
      await field(page, 'Description').fill('')
      await field(page, 'Option 2').fill('Rice')
      await field(page, 'Option 3').fill('')
      await page.getByRole('button', { name: 'Create the poll' }).click()
      await giveName(page, 'Ada')
      await expectOptions(page, ['Soup', 'Rice'])
    })

    test('a new poll with too few options', async ({ page }) => {
      await signIn(page, 'Ada')
      await page.goto('/polls/new')
      await field(page, 'Question').fill('Only one?')
      await field(page, 'Option 2').fill('This one')
      await page.getByRole('button', { name: 'Create the poll' }).click()
      await expect(page.getByText('A poll needs at least 2 options.')).toBeVisible()
      await expect(page.getByRole('group', { name: 'Options' })).toHaveAccessibleDescription(/at least 2 options/)
      await expect(field(page, 'Question')).toHaveValue('Only one?')
      await expect(field(page, 'Option 1')).toHaveValue('This one')
      await expect(page.getByRole('textbox', { name: /^Option / })).toHaveCount(4)
    })

    test('an edited poll', async ({ page }) => {
      const poll = await (await signIn(page, 'Ada')).createPoll({ title: 'As it was', description: 'Good' })
      await page.goto(`/polls/${poll.id}/edit`)
      await field(page, 'Question').fill('  ')
      await field(page, 'Description').fill('Better')
      await page.getByRole('checkbox', { name: 'Others may add options' }).uncheck()
      await page.getByRole('button', { name: 'Save' }).click()
      const message = 'The question is missing: give it 3 to 200 characters.'
      await expectWrong(page, 'Question', { message, typed: '  ' })
      await expect(field(page, 'Description')).toHaveValue('Better')
      await expect(page.getByRole('checkbox', { name: 'Others may add options' })).not.toBeChecked()
      await page.getByRole('link', { name: 'Cancel' }).click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('As it was')
    })

    test('a newcomer’s name; the rest of the form is kept', async ({ page, guest }) => {
      const poll = await (await guest('Bob')).createPoll({ title: 'Who are you?' })
      await page.goto(poll.url)
      await field(page, 'Add a comment').fill('Two\nlines "quoted"')
      await page.getByRole('button', { name: 'Comment' }).click()
      await giveName(page, ' ')
      await expectWrong(page, 'Your name', { message: 'Your name is missing: give it 1 to 60 characters.', typed: ' ' })
      await giveName(page, 'x'.repeat(61))
      await expect(page.getByText('Your name is too long')).toBeVisible()
      await giveName(page, 'Ada')
      await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Two\nlines "quoted"')
    })

    test('an option that exists already, or is too long', async ({ page, guest, provoke }) => {
      provoke(failedLoad(409))
      const poll = await (await guest('Bob')).createPoll({ title: 'What else?' })
      await signIn(page, 'Ada')
      await page.goto(poll.url)
      await field(page, 'Add an option').fill('soup ')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await expectWrong(page, 'Add an option', { message: 'This option exists already: “Soup”.', typed: 'soup ' })
      await field(page, 'Add an option').fill('x'.repeat(201))
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await expect(page.getByText('An option is too long: it has 201 characters')).toBeVisible()
      await expectOptions(page, ['Noodles', 'Soup'])
    })

    test('a comment that is too long', async ({ page, guest }) => {
      const poll = await (await guest('Bob')).createPoll({ title: 'Brevity' })
      await signIn(page, 'Ada')
      await page.goto(poll.url)
      await field(page, 'Add a comment').fill('🍜'.repeat(5_001))
      await page.getByRole('button', { name: 'Comment' }).click()
      const message = 'The comment is too long: it has 5001 characters of at most 5000.'
      await expectWrong(page, 'Add a comment', { message, typed: '🍜'.repeat(5_001) })
      await field(page, 'Add a comment').fill('🍜'.repeat(5_000))
      await page.getByRole('button', { name: 'Comment' }).click()
      await expect(page.getByRole('region', { name: 'Comments 1' })).toBeVisible()
      await expect(page.getByText(message)).toHaveCount(0)
    })

    test('a name and the name of a token', async ({ page }) => {
      await signIn(page, 'Ada')
      await page.goto('/me')
      await field(page, 'Display name').fill('x'.repeat(61))
      await page.getByRole('button', { name: 'Save' }).click()
      const tooLong = 'Your name is too long: it has 61 characters of at most 60.'
      await expectWrong(page, 'Display name', { message: tooLong, typed: 'x'.repeat(61) })
      await field(page, 'What is the new token for?').fill('   ')
      await page.getByRole('button', { name: 'Create a token' }).click()
      await expect(field(page, 'What is the new token for?')).toHaveAccessibleDescription(/missing/)
      await expect(field(page, 'What is the new token for?')).toBeFocused()
      await expect(field(page, 'Display name')).toHaveValue('Ada')
    })
  })
}
