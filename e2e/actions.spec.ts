import { expectAccessible } from './support/accessible.ts'
import { button, createPoll, inbox, log, pair, status, test } from './support/flowdock.ts'
import { expectOptions, field, myVote, vote } from './support/poll-page.ts'
import type { Server } from './support/server.ts'
import { expect, type Page } from './support/test.ts'

const outcome = (page: Page) => page.locator('#outcome')

/** Opens the poll's thread in the sandbox, as this user. */
async function openThread(page: Page, { sandboxUrl }: Server, flow: string, question: string, as: string) {
  await page.goto(`${sandboxUrl}/app/acme/${flow}`)
  await page.locator('#people summary').click()
  await page.locator('#people').getByRole('button', { name: as }).click()
  await inbox(page).getByRole('link', { name: question }).first().click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(question)
}

/** Picks an action in the gear menu of the open thread. */
async function pick(page: Page, action: string): Promise<void> {
  await page.locator('#actions summary').click()
  await page.locator('#actions').getByRole('button', { name: action, exact: true }).click()
}

test('an unknown Flowdock user votes there, signs in, and has one ballot in both places', async ({
  page,
  visitor,
  server,
}) => {
  await pair(page, server, 'main', 'To vote in')
  await createPoll(page, 'Where do we eat?', ['Noodles', 'Soup'])
  const ben = await visitor()
  await openThread(ben, server, 'main', 'Where do we eat?', 'Ben Okafor')
  const thread = ben.url()

  await pick(ben, 'Vote: Noodles')
  await ben.getByRole('link', { name: 'Sign in there' }).click()
  await button(ben, 'Allow').click()
  await expect(ben.getByRole('heading', { level: 1 })).toHaveText('Linked. You voted for Noodles.')
  await expect(ben.getByText('From now on your picks in Flowdock count at once')).toBeVisible()
  await expectAccessible(ben)
  await ben.getByRole('link', { name: 'Back to the thread' }).click()
  await expect(ben).toHaveURL(/\/app\/acme\/main\/threads\//)
  await expect(ben.getByRole('heading', { level: 1 })).toHaveText('Where do we eat?')
  await expectOptions(page, ['100% 1 vote', '0% 0 votes'])

  await ben.goto(thread)
  await expect(log(ben)).toContainText('Ben Okafor voted for Noodles')
  await expect(ben.getByRole('row', { name: 'Noodles' })).toContainText('100%')
  await pick(ben, 'Vote: Soup')
  await expect(outcome(ben)).toContainText('You changed your vote from Noodles to Soup.')
  await expectOptions(page, ['0% 0 votes', '100% 1 vote'])

  await ben.goto(new URL(page.url()).pathname)
  await expect(myVote(ben)).toContainText('Soup')
  await vote(ben, 'Noodles')
  await expect(myVote(ben)).toContainText('Noodles')
  await expectOptions(page, ['100% 1 vote', '0% 0 votes'])

  await ben.goto(thread)
  // Ben's changes of mind are one message, once they have stopped.
  await expect(log(ben)).toContainText('Ben Okafor changed the vote and went back to Noodles', { timeout: 25_000 })
  await expect(log(ben)).not.toContainText('to Soup')
  await expect(ben.getByRole('row', { name: 'Noodles' })).toContainText('100%')
})

test('only the creator closes and reopens the poll in Flowdock', async ({ page, visitor, server }) => {
  await pair(page, server, 'lunch-club', 'To close in')
  await createPoll(page, 'Shall we go?', ['Yes', 'No'])
  const flowdock = await visitor()
  await openThread(flowdock, server, 'lunch-club', 'Shall we go?', 'Maija Virtanen')
  await pick(flowdock, 'Close poll (Maija Virtanen only)')
  await expect(outcome(flowdock)).toContainText('You closed the poll.')
  await expect(page.getByRole('button', { name: 'Reopen' })).toBeVisible()
  await expect(status(flowdock)).toHaveText('closed')

  // An earlier test may have linked Ben's account.
  const chen = await visitor()
  await openThread(chen, server, 'lunch-club', 'Shall we go?', 'Chen Wei')
  await pick(chen, 'Reopen poll (Maija Virtanen only)')
  await chen.getByRole('link', { name: 'Sign in there' }).click()
  await button(chen, 'Allow').click()
  await expect(chen.getByText('Only the creator of this poll can reopen it.')).toBeVisible()
  await expectAccessible(chen)

  await pick(flowdock, 'Reopen poll (Maija Virtanen only)')
  await expect(outcome(flowdock)).toContainText('You reopened the poll.')
  await expect(status(flowdock)).toHaveText('open')
})

test('anonymous votes are cast in the browser, and the thread names nobody', async ({ page, visitor, server }) => {
  await pair(page, server, 'lunch-club', 'Secret votes')
  await page.goto('/polls/new')
  await field(page, 'Question').fill('Who shall speak?')
  for (const [index, title] of ['Mona', 'Nils'].entries()) await field(page, `Option ${index + 1}`).fill(title)
  await page.getByText('More settings').click()
  await page.getByLabel('Anonymous: nobody sees who voted for what').check()
  await button(page, 'Create the poll').click()
  const ben = await visitor()
  await openThread(ben, server, 'lunch-club', 'Who shall speak?', 'Ben Okafor')
  await ben.locator('#actions summary').click()
  await expect(ben.locator('#actions').getByRole('button')).toHaveCount(0)
  const poll = page.url().replace(/#.*/, '')
  const closing = ben.locator('#actions').getByRole('link', { name: 'Close poll (Maija Virtanen only)' })
  await expect(closing).toHaveAttribute('href', `${poll}#creator`)
  const link = ben.locator('#actions').getByRole('link', { name: 'Vote anonymously in Polldock' })
  await expect(link).toHaveAttribute('href', poll)

  await vote(page, 'Nils')
  await expect(myVote(page)).toContainText('Nils')
  await expect(log(ben)).toContainText('Somebody voted')
  await expect(log(ben)).not.toContainText('voted for')
  await expect(ben.getByRole('row', { name: 'Results' })).toContainText('shown once the poll is closed')
})

test('what is written in the thread becomes a comment of the poll, marked with the chat', async ({
  page,
  visitor,
  server,
}) => {
  await pair(page, server, 'main', 'To talk in')
  await createPoll(page, 'Pizza or pasta?', ['Pizza', 'Pasta'])
  const ben = await visitor()
  await openThread(ben, server, 'main', 'Pizza or pasta?', 'Ben Okafor')
  await expect(log(ben)).toContainText('What you write in this thread becomes a comment of the poll.')
  const comment = page.locator('#comment-list li').filter({ hasText: 'I am allergic to cheese' }).first()
  // What is written in the seconds before Polldock reads the new connection stays in the chat.
  await expect(async () => {
    await ben.getByRole('textbox').fill('I am allergic to cheese')
    await ben.keyboard.press('Enter')
    await expect(comment).toBeVisible({ timeout: 8_000 })
  }).toPass()
  await expect(comment).toContainText('Ben Okafor')
  await expect(comment).toContainText('from Flowdock')
  await expectAccessible(page)
})
