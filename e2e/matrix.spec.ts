import { expectAccessible } from './support/accessible.ts'
import { button, createPoll, log } from './support/flowdock.ts'
import { field } from './support/poll-page.ts'
import { test as base, expect, type Page } from './support/test.ts'

/** On a server whose sandbox has Matrix rooms. */
const test = base.extend<{ aroundMatrix: undefined }>({
  server: ({ matrixServer }, use) => use(matrixServer),
  aroundMatrix: [
    async ({ provoke }, use) => {
      provoke(/^request to another host: http:\/\/localhost:/)
      await use(undefined)
    },
    { auto: true },
  ],
})

const rooms = (page: Page) => page.getByRole('navigation', { name: 'Matrix rooms' })

async function say(page: Page, text: string): Promise<void> {
  await field(page, 'Say something in').fill(text)
  await button(page, 'Send').last().click()
}

/** Makes a room in the sandbox, to which all others are invited. */
async function makeRoom(page: Page, sandboxUrl: string, name: string): Promise<void> {
  await page.goto(`${sandboxUrl}/app/matrix`)
  await rooms(page).getByRole('link', { name: 'New room' }).click()
  await field(page, 'Name').fill(name)
  await button(page, 'Create the room').click()
}

/** In a second window, the sandbox as another user, in a room to which they are invited. */
async function joinAs(page: Page, sandboxUrl: string, user: string, room: string): Promise<void> {
  await page.goto(`${sandboxUrl}/app/matrix`)
  await page.locator('summary', { hasText: 'Signed in as' }).click()
  await page.getByRole('button', { name: user }).click()
  await rooms(page).getByRole('link', { name: room }).click()
  await button(page, 'Accept').click()
}

/** Signs in on a page of ours that shows a code: sends it in the sandbox, in another window of the browser. */
async function signIn(page: Page): Promise<void> {
  const code = await page.getByLabel('Send this code').inputValue()
  const direct = await page.context().newPage()
  await direct.goto((await page.getByRole('link', { name: '@polldock:acme.example' }).getAttribute('href')) ?? '')
  await say(direct, code)
  await expect(log(direct)).toContainText('Thank you. Continue in the browser')
  await direct.close()
  await button(page, 'Continue').click()
}

test('a room is connected by the link that the bot sends, gets a poll, and its members vote', async ({
  page,
  visitor,
  server: { sandboxUrl },
}) => {
  test.slow()
  await makeRoom(page, sandboxUrl, 'Lunch crew')
  const ben = await visitor()
  await joinAs(ben, sandboxUrl, 'Ben Okafor', 'Lunch crew')

  await button(page, 'Invite @polldock:acme.example').click()
  await expect(log(page)).toContainText('gets a link by which this room is connected')
  await button(page, 'Make the bot a moderator').click()
  await rooms(page).getByRole('link', { name: 'invited' }).click()
  await button(page, 'Accept').click()
  await page.getByRole('link', { name: 'Connect it' }).click()

  await page.getByRole('main').getByRole('link', { name: 'Sign in with Matrix' }).click()
  await signIn(page)
  await expect(page.getByText('The room Lunch crew gets the polls')).toBeVisible()
  await page.getByLabel('New options').uncheck()
  await button(page, 'Connect').click()
  await expect(page.getByText('The room is connected.')).toBeVisible()
  await expect(page.getByRole('link', { name: 'Lunch crew', exact: true })).toHaveAttribute(
    'href',
    /\/app\/matrix\/rooms\//,
  )

  await createPoll(page, 'What do we cook?', ['Noodles', 'Soup'])
  await expect(log(ben)).toContainText('What do we cook?')
  await ben.getByText('Reply in a thread').last().click()
  const reply = field(ben, 'Your reply to Polldock').last()
  await reply.fill('!vote 2')
  await reply.press('Enter')
  const votesFor = (option: string) => page.getByRole('list', { name: `Votes for ${option}` })
  await expect(votesFor('Soup')).toContainText('Ben Okafor')

  const native = ben.getByRole('group', { name: 'What do we cook?' })
  await expect(native).toContainText('Soup 1 vote')
  await native.getByLabel('Noodles').check()
  await native.getByRole('button', { name: 'Vote' }).click()
  await expect(votesFor('Noodles')).toContainText('Ben Okafor')
  await expect(native).toContainText('Noodles 1 vote')
})

test('a phone shows the whole code of a sign-in', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 740 })
  await page.goto('/auth/matrix')
  await button(page, 'Copy the code').waitFor()
  const cut = await field(page, 'Send this code').evaluate((input) => input.scrollWidth - input.clientWidth)
  expect(cut).toBe(0)
})

test('axe finds nothing on pages about two chats, and in rooms of the sandbox', async ({
  page,
  server: { sandboxUrl },
}) => {
  test.slow()
  for (const path of ['/connections', '/auth/matrix', '/connections/new/matrix', '/']) {
    await page.goto(path)
    await expectAccessible(page)
  }
  await makeRoom(page, sandboxUrl, 'Looked at')
  await button(page, 'Invite @polldock:acme.example').click()
  await rooms(page).getByRole('link', { name: 'invited' }).click()
  await button(page, 'Accept').waitFor()
  await expectAccessible(page)
  await button(page, 'Accept').click()
  await page.getByRole('link', { name: 'Connect it' }).waitFor()
  await expectAccessible(page)
  await rooms(page).getByRole('link', { name: 'New room' }).click()
  await expectAccessible(page)
})
