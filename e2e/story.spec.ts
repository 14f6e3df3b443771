import { signIn } from './support/person.ts'
import { choice, expectOptions, field, giveName, myVote, openSettings, vote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

for (const [way, javaScriptEnabled] of [
  ['with a mouse', true],
  ['without JavaScript', false],
] as const) {
  test.describe(way, () => {
    test.use({ javaScriptEnabled })

    test('a newcomer creates a poll, gives a name, and keeps everything typed', async ({ page }) => {
      const category = `Food & "drink" ${way}`
      await page.goto('/')
      await page.getByRole('link', { name: 'New poll' }).click()
      await field(page, 'Question').fill('Où "manger" <b>demain</b> & 🍜?')
      await field(page, 'Description').fill('See https://example.org/menu.\n\nI pay.')
      await field(page, 'Option 1').fill('Noodles & "more"')
      await field(page, 'Option 2').fill('Soup')
      await field(page, 'Option 4').fill('Salad')
      await openSettings(page)
      await page.getByRole('combobox', { name: 'Category' }).fill(category)
      await page.getByRole('button', { name: 'Create the poll' }).click()

      await giveName(page, 'Zoë')

      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Où "manger" <b>demain</b> & 🍜?')
      await expect(page.getByText('I pay.')).toBeVisible()
      await expect(page.getByRole('link', { name: 'https://example.org/menu' })).toHaveAttribute(
        'href',
        'https://example.org/menu',
      )
      await expectOptions(page, ['Noodles & "more"', 'Soup', 'Salad'])
      await expect(page.getByText('Asked by Zoë')).toBeVisible()
      await expect(page.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
      await expect(page.getByRole('listitem').filter({ hasText: 'Zoë created the poll' })).toBeVisible()

      await page.getByRole('link', { name: category }).click()
      await expect(page.getByText(`In the category ${category}`)).toBeVisible()
      await expect(page.getByRole('article')).toContainText('Où "manger" <b>demain</b> & 🍜?')
    })

    test('a newcomer votes, changes the vote and withdraws it', async ({ page, guest }) => {
      const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?', options: ['Noodles', 'Soup'] })
      await page.goto(poll.url)
      await vote(page, 'Soup')
      await giveName(page, 'Bob')

      await expect(myVote(page)).toContainText('Soup')
      await expect(page.getByText('Soup leads')).toBeVisible()
      await expectOptions(page, [/Noodles\s+0% 0 votes/, /Soup.*Leader\s+100% 1 vote/s])
      await expect(choice(page, 'Soup')).toBeChecked()

      await vote(page, 'Noodles')
      await expect(myVote(page)).toContainText('Noodles')
      await expect(myVote(page)).toHaveCount(1)
      await expectOptions(page, [/100% 1 vote/, /0% 0 votes/])

      await page.getByRole('button', { name: 'Withdraw my vote' }).click()
      await expect(page.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
      await expect(myVote(page)).toHaveCount(0)
      await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toBeHidden()
      await expect(page.getByRole('region', { name: 'Activity' }).getByRole('listitem')).toContainText([
        'Bob voted and withdrew the vote',
        'Ada created the poll',
      ])
    })

    test('voting the same again changes nothing', async ({ page, guest }) => {
      const poll = await (await guest('Ada')).createPoll({ title: 'Again and again' })
      await signIn(page, 'Bob')
      await page.goto(poll.url)
      await vote(page, 'Soup')
      await expect(myVote(page)).toContainText('Soup')
      const answered = page.waitForResponse((response) => response.url() === poll.url)
      await choice(page, 'Soup').press('Enter')
      await answered
      await expect(myVote(page)).toContainText('Soup')
      await expect(page.getByText('Bob voted for Soup')).toHaveCount(1)
      await expect(page.getByRole('region', { name: 'Activity' }).getByRole('listitem')).toHaveCount(2)
    })

    test('a newcomer comments', async ({ page, guest }) => {
      const poll = await (await guest('Ada')).createPoll({ title: 'Talk to me' })
      await page.goto(poll.url)
      await field(page, 'Add a comment').fill('Two lines,\nand <i>https://example.org</i>')
      await page.getByRole('button', { name: 'Comment' }).click()
      await giveName(page, 'Bob')

      const discussion = page.getByRole('region', { name: 'Comments 1' })
      await expect(discussion.getByRole('listitem')).toContainText('Two lines,\nand <i>https://example.org</i>')
      await expect(discussion.getByRole('link', { name: 'https://example.org' })).toBeVisible()
      await expect(field(page, 'Add a comment')).toHaveValue('')

      await field(page, 'Add a comment').fill('And another')
      await page.getByRole('button', { name: 'Comment' }).click()
      await expect(page.getByRole('region', { name: 'Comments 2' }).getByRole('listitem')).toContainText([
        'And another',
        'Two lines',
      ])
      await expect(field(page, 'Add a comment')).toHaveValue('')
    })

    test('anyone adds an option, unless only the creator may', async ({ page, guest }) => {
      const ada = await guest('Ada')
      const poll = await ada.createPoll({ title: 'What is missing?' })
      await page.goto(poll.url)
      await field(page, 'Add an option').fill('Rice')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await giveName(page, 'Bob')
      await expectOptions(page, ['Noodles', 'Soup', 'Rice'])

      await field(page, 'Add an option').fill('Salad')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await expectOptions(page, ['Noodles', 'Soup', 'Rice', 'Salad'])
      await expect(field(page, 'Add an option')).toHaveValue('')
      await expect(page.getByText('Bob added the option Salad')).toBeVisible()

      await ada.edit(poll, { optionsOpen: false })
      await page.reload()
      await expect(field(page, 'Add an option')).toBeHidden()
    })

    test('the creator edits the poll', async ({ page }) => {
      const poll = await (await signIn(page, 'Ada')).createPoll({ title: 'Diner?', description: 'Old' })
      await page.goto(poll.url)
      await page.getByRole('link', { name: 'Edit' }).click()
      await expect(field(page, 'Question')).toHaveValue('Diner?')
      await expect(field(page, 'Description')).toHaveValue('Old')
      await field(page, 'Question').fill('Dinner?')
      await field(page, 'Description').fill('New')
      await page.getByRole('button', { name: 'Save' }).click()
      await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dinner?')
      await expect(page).toHaveTitle(/^Dinner\?/)
      await expect(page).toHaveURL(/\/polls\/dinner-/)
      await expect(page.getByText('New', { exact: true })).toBeVisible()
      await expect(page.getByText('Ada changed the title from Diner? to Dinner?')).toBeVisible()
    })

    test('the creator closes, reopens, archives and restores the poll', async ({ page, guest }) => {
      const poll = await (await signIn(page, 'Ada')).createPoll({ title: `The end, ${way}` })
      await (await guest('Bob')).vote(poll, 'Soup')
      await page.goto(poll.url)
      await page.getByRole('button', { name: 'Close the poll' }).click()
      await expect(page.getByText('Winner: Soup').first()).toBeVisible()
      await expectOptions(page, [/Noodles\s+0% 0 votes/, /Soup.*Winner\s+100% 1 vote/s])
      await expect(page.getByText('Closed', { exact: true })).toBeVisible()
      await expect(choice(page, 'Soup')).toHaveCount(0)
      await expect(field(page, 'Add an option')).toBeHidden()
      await expect(page.getByText('Ada closed the poll. Winner: Soup')).toBeVisible()
      await expect(field(page, 'Add a comment')).toBeVisible()

      await page.getByRole('button', { name: 'Reopen the poll' }).click()
      await expect(page.getByText('Soup leads')).toBeVisible()
      await expect(page.getByRole('button', { name: 'Archive', exact: true })).toBeHidden()

      await page.getByRole('button', { name: 'Close the poll' }).click()
      await page.getByRole('button', { name: 'Archive', exact: true }).click()
      await expect(page.getByText('Archived', { exact: true })).toBeVisible()
      await page.goto(`/?q=${encodeURIComponent(poll.title)}`)
      await expect(page.getByText('polls found with')).toBeVisible()
      await page.getByRole('link', { name: 'Ada' }).click()
      await page.getByRole('link', { name: poll.title, exact: true }).click()

      await page.getByRole('button', { name: 'Unarchive' }).click()
      await expect(page.getByText('Archived', { exact: true })).toHaveCount(0)
      await page.goto(`/?q=${encodeURIComponent(poll.title)}`)
      await expect(page.getByRole('heading', { name: poll.title })).toBeVisible()
    })

    test('a closed poll says when all options are tied or nobody voted', async ({ page, guest }) => {
      const ada = await signIn(page, 'Ada')
      const tied = await ada.createPoll({ title: 'Tied', options: ['One', 'Two', 'Three'] })
      await (await guest('Bob')).vote(tied, 'One')
      await (await guest('Cleo')).vote(tied, 'Three')
      await page.goto(tied.url)
      await page.getByRole('button', { name: 'Close the poll' }).click()
      await expect(page.getByText('It is a tie: One and Three').first()).toBeVisible()
      await expectOptions(page, [/One.*Tied\s+50%/s, /Two\s+0%/, /Three.*Tied\s+50%/s])

      const unnoticed = await ada.createPoll({ title: 'Unnoticed' })
      await page.goto(unnoticed.url)
      await page.getByRole('button', { name: 'Close the poll' }).click()
      await expect(page.getByText('Nobody voted').first()).toBeVisible()
    })

    test('the creator deletes a poll without votes', async ({ page }) => {
      const poll = await (await signIn(page, 'Ada')).createPoll({ title: 'A mistake' })
      await page.goto(poll.url)
      await page.getByText('Delete …').click()
      await page.getByRole('button', { name: 'Delete this poll' }).click()
      await expect(page.getByText('The poll was deleted.')).toBeVisible()
      await expect(page.getByRole('link', { name: 'A mistake' })).toHaveCount(0)
    })

    test('another person cannot edit, close or delete the poll', async ({ page, guest }) => {
      const poll = await (await guest('Ada')).createPoll({ title: 'Mine alone' })
      await signIn(page, 'Bob')
      await page.goto(poll.url)
      await expect(page.getByRole('heading', { name: 'Your poll' })).toHaveCount(0)
      await expect(page.getByRole('button', { name: 'Close the poll' })).toHaveCount(0)
      await expect(page.getByRole('link', { name: 'Edit' })).toHaveCount(0)
    })
  })
}
