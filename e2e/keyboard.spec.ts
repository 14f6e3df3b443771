import type { Page } from '@playwright/test'
import { tabTo } from './support/keyboard.ts'
import { signIn } from './support/person.ts'
import { choice, expectOptions, field, myVote, voteButton } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

test.describe('with a keyboard alone', () => {
  test('a person skips to the content', async ({ page }) => {
    await page.goto('/')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeFocused()
    await expect(page.getByRole('link', { name: 'Skip to the content' })).toBeInViewport()
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await expect(page.getByRole('searchbox', { name: 'Search polls' })).toBeFocused()
  })

  test('a newcomer creates a poll', async ({ page }) => {
    await page.goto('/')
    await tabTo(page.getByRole('link', { name: 'New poll' }))
    await page.keyboard.press('Enter')
    await tabTo(field(page, 'Question'))
    await page.keyboard.type('Lunch?')
    await tabTo(field(page, 'Option 1'))
    await page.keyboard.type('Soup')
    await page.keyboard.press('Enter')
    await page.keyboard.type('Noodles')
    await page.keyboard.press('Alt+ArrowUp')
    await expect(field(page, 'Option 1')).toHaveValue('Noodles')
    await expect(field(page, 'Option 1')).toBeFocused()
    await expect(page.getByRole('status').filter({ hasText: 'Moved to place 1 of 4.' })).toBeAttached()
    await page.keyboard.press('Alt+ArrowUp')
    await expect(field(page, 'Option 1')).toHaveValue('Noodles')
    await page.keyboard.press('Alt+ArrowDown')
    await expect(field(page, 'Option 2')).toHaveValue('Noodles')
    await expect(field(page, 'Option 2')).toBeFocused()

    await tabTo(page.getByRole('button', { name: 'Move option 2 up' }))
    await page.keyboard.press('Space')
    await expect(field(page, 'Option 1')).toHaveValue('Noodles')
    // It is the first option already, so its button is disabled and cannot have the focus.
    await expect(field(page, 'Option 1')).toBeFocused()

    await tabTo(page.getByRole('button', { name: 'Remove option 4' }))
    await page.keyboard.press('Enter')
    await expect(field(page, 'Option 3')).toBeFocused()
    await expect(page.getByRole('status').filter({ hasText: '3 options are left' })).toBeAttached()
    await page.keyboard.type('Salad')
    await page.keyboard.press('Enter')
    await expect(field(page, 'Option 4')).toBeFocused()
    await page.keyboard.type('Rice')
    await tabTo(page.getByRole('button', { name: 'Add an option' }))
    await page.keyboard.press('Space')
    await expect(field(page, 'Option 5')).toBeFocused()
    await page.keyboard.type('Bread')

    await tabTo(page.getByText('More settings'))
    await page.keyboard.press('Enter')
    await tabTo(page.getByRole('checkbox', { name: 'Others may add options' }))
    await page.keyboard.press('Space')
    await expect(page.getByRole('checkbox', { name: 'Others may add options' })).toBeChecked()
    await tabTo(field(page, 'Question'), { backwards: true })
    await page.keyboard.press('Enter')
    await expect(field(page, 'Your name')).toBeFocused()
    await page.keyboard.type('Ada')
    await page.keyboard.press('Enter')
    await expectOptions(page, ['Noodles', 'Soup', 'Salad', 'Rice', 'Bread'])
  })

  test('a person votes, changes and withdraws the vote, and the focus stays', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?', options: ['Noodles', 'Soup', 'Rice'] })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await tabTo(choice(page, 'Noodles'))
    // The arrows choose, and cast no vote.
    await page.keyboard.press('ArrowDown')
    await expect(choice(page, 'Soup')).toBeChecked()
    await expect(page.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Vote for Soup' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(myVote(page)).toContainText('Soup')
    await expect(choice(page, 'Soup')).toBeFocused()
    await page.keyboard.press('ArrowDown')
    await expect(choice(page, 'Rice')).toBeChecked()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Change my vote to Rice' })).toBeFocused()
    await page.keyboard.press('Space')
    await expect(myVote(page)).toContainText('Rice')
    await expect(choice(page, 'Rice')).toBeFocused()
    await page.keyboard.press('Tab')
    await expect(page.getByRole('button', { name: 'Withdraw my vote' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(myVote(page)).toHaveCount(0)
    await expectWithdrawn(page)
  })

  test('a second Enter after withdrawing a ranking, points or dates does nothing', async ({ page, guest }) => {
    const ada = await guest('Ada')
    await signIn(page, 'Bob')
    const dates = ['2030-12-24', '2030-12-25']
    for (const [method, options, vote, withdraw] of [
      ['ranked', undefined, 'Save my ranking', 'Withdraw my vote'],
      ['score', undefined, 'Save my points', 'Withdraw my vote'],
      ['dates', dates, 'Save my answers', 'Withdraw my answers'],
    ] as const) {
      const poll = await ada.createPoll({ title: 'Lunch?', method, ...(options && { options: [...options] }) })
      await page.goto(poll.url)
      if (method === 'ranked') await page.getByRole('button', { name: 'Rank next: Noodles' }).click()
      if (method === 'score') await page.getByRole('radio', { name: '3' }).first().check()
      if (method === 'dates') await page.getByLabel('Yes').first().check()
      await page.getByRole('button', { name: vote, exact: true }).click()
      await page.getByRole('button', { name: withdraw }).focus()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('button', { name: withdraw })).toHaveCount(0)
      await expectWithdrawn(page)
    }
  })

  test('a person adds options and comments, one after the other', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'Lunch?' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await tabTo(field(page, 'Add an option'))
    for (const title of ['Rice', 'Salad']) {
      await page.keyboard.type(title)
      await page.keyboard.press('Enter')
      await expect(choice(page, title)).toBeVisible()
      await expect(field(page, 'Add an option')).toBeFocused()
      await expect(field(page, 'Add an option')).toHaveValue('')
    }
    await tabTo(field(page, 'Add a comment'))
    for (const [index, body] of ['First', 'Second'].entries()) {
      await page.keyboard.type(body)
      await page.keyboard.press('Tab')
      await expect(page.getByRole('button', { name: 'Comment' })).toBeFocused()
      await page.keyboard.press('Enter')
      await expect(page.getByRole('region', { name: `Comments ${index + 1}` })).toContainText(body)
      await expect(field(page, 'Add a comment')).toHaveValue('')
      await expect(page.getByRole('button', { name: 'Comment' })).toBeFocused()
      await page.keyboard.press('Shift+Tab')
    }
  })

  test('the creator edits, closes, reopens, archives and deletes', async ({ page }) => {
    const poll = await (await signIn(page, 'Ada')).createPoll({ title: 'Diner?' })
    await page.goto(poll.url)
    await tabTo(page.getByRole('link', { name: 'Edit' }))
    await page.keyboard.press('Enter')
    await tabTo(field(page, 'Question'))
    await page.keyboard.type('Dinner?')
    await page.keyboard.press('Enter')
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Dinner?')

    for (const step of ['Close the poll', 'Reopen the poll', 'Close the poll', 'Archive', 'Unarchive']) {
      await tabTo(page.getByRole('button', { name: step, exact: true }))
      await page.keyboard.press('Enter')
      await expect(page.getByRole('button', { name: step, exact: true })).toBeHidden()
    }
    await tabTo(page.getByText('Delete …'))
    await page.keyboard.press('Enter')
    await tabTo(page.getByRole('button', { name: 'Delete this poll' }))
    await page.keyboard.press('Space')
    await expect(page.getByText('The poll was deleted.')).toBeVisible()
  })

  test('a person finds a poll and votes in the list, and the focus stays', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'Found by keys?' })
    await signIn(page, 'Bob')
    await page.goto('/')
    await tabTo(page.getByRole('searchbox'))
    await page.keyboard.type(poll.title)
    await page.keyboard.press('Enter')
    await expect(page).toHaveURL(/q=Found/)
    await tabTo(voteButton(page, 'Soup'))
    await page.keyboard.press('Space')
    await expect(page.getByText('You voted')).toBeVisible()
    await expect(voteButton(page, 'Soup')).toBeFocused()
    await tabTo(page.getByRole('navigation', { name: 'Which polls' }).getByRole('link', { name: 'Closed' }), {
      backwards: true,
    })
    await page.keyboard.press('Enter')
    await expect(page.getByText('No closed polls found')).toBeVisible()
  })

  test('a person changes the name, creates a token and revokes it', async ({ page }) => {
    await signIn(page, 'Ada')
    await page.goto('/me')
    await tabTo(field(page, 'Display name'))
    await page.keyboard.type('Countess')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Your name was saved.')).toBeVisible()
    await tabTo(field(page, 'What is the new token for?'))
    await page.keyboard.type('Bot')
    await page.keyboard.press('Enter')
    await expect(field(page, 'Your new token')).toBeVisible()
    await tabTo(page.getByRole('button', { name: 'Revoke the token Bot' }))
    await page.keyboard.press('Enter')
    await expect(page.getByText('The token was revoked and no longer works.')).toBeVisible()
  })

  test('a person opens the QR code and copies the link', async ({ page, guest }) => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    const poll = await (await guest('Ada')).createPoll({ title: 'Share me' })
    await page.goto(poll.url)
    await tabTo(page.getByRole('button', { name: 'Copy link' }))
    await page.keyboard.press('Enter')
    await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
    await tabTo(page.getByText('QR code'))
    await page.keyboard.press('Space')
    await expect(page.getByRole('img', { name: 'QR code of the link to this poll' })).toBeVisible()
  })
})

/** Expects the announcement, and the focus on an element that casts no vote. */
async function expectWithdrawn(page: Page): Promise<void> {
  await expect(page.locator('#announcer')).toHaveText('Your vote was withdrawn.')
  await expect(page.locator('#vote')).toBeFocused()
  await page.keyboard.press('Enter')
  await page.waitForTimeout(500)
  await expect(page.getByText('Nobody has voted yet', { exact: true })).toBeVisible()
}
