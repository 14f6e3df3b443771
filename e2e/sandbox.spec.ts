import { execFile } from 'node:child_process'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import AxeBuilder from '@axe-core/playwright'
import { SandboxServer } from './support/sandbox.ts'
import { test as base, expect, failedLoad, type Page } from './support/test.ts'

const flow = '/app/acme/main'

/** An application on its own port: its URL and its response. */
type Desk = { url: string; answer: RequestListener }

const test = base.extend<Record<never, never>, { desk: Desk; sandbox: SandboxServer }>({
  desk: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixture's needs from the pattern
    async ({}, use) => {
      const desk: Desk = { url: '', answer: (_request, response) => void response.end() }
      const server = createServer((request, response) => desk.answer(request, response))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      desk.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      await use(desk)
      server.closeAllConnections()
      server.close()
    },
    { scope: 'worker' },
  ],
  sandbox: [
    async ({ desk }, use) => {
      const sandbox = await SandboxServer.start(`${desk.url}/callback`)
      await use(sandbox)
      await sandbox.stop()
    },
    { scope: 'worker', timeout: 90_000 },
  ],
  baseURL: ({ sandbox }, use) => use(sandbox.url),
})

const update = (name: string, urlTemplate: string) => ({
  '@type': 'UpdateAction',
  name,
  target: { '@type': 'EntryPoint', urlTemplate, httpMethod: 'POST' },
})

const inbox = (page: Page) => page.getByRole('complementary', { name: 'Inbox' })
const log = (page: Page) => page.getByRole('log')
const field = (page: Page) => page.getByRole('textbox', { name: 'Say something' })
const actions = (page: Page) => page.locator('summary', { has: page.locator('svg') })

async function become(page: Page, name: string): Promise<void> {
  await page.locator('summary', { hasText: 'Signed in as' }).click()
  await page.getByRole('button', { name }).click()
}

test('a person can switch to another user', async ({ page }) => {
  await page.goto(flow)
  await become(page, 'Chen Wei')
  await expect(page).toHaveURL(flow)
  await field(page).fill('Chen was here')
  await page.keyboard.press('Enter')
  await expect(log(page).getByRole('listitem').filter({ hasText: 'Chen was here' })).toContainText('Chen')
})

test('new messages appear without a reload, and leave typed text and focus alone', async ({ page, sandbox }) => {
  const thread = await sandbox.post('Polish the flux capacitor', {
    thread: { actions: [update('Close', 'http://x/')] },
  })
  await page.goto(thread.path)
  await field(page).fill('Half a sen')
  await actions(page).click()
  await sandbox.post(thread.title, {
    title: 'closed ticket',
    thread: {
      status: { color: 'red', value: 'closed' },
      fields: [{ label: 'Dustiness', value: '5' }],
      actions: [update('Reopen', 'http://x/')],
    },
  })
  await expect(log(page)).toContainText('Marty McFly closed ticket')
  await expect(page.getByRole('row', { name: 'Dustiness 5' })).toBeVisible()
  await expect(page.locator('#thread-head .status')).toHaveText('closed')
  await expect(inbox(page).getByRole('listitem').filter({ hasText: thread.title })).toContainText('2 activities')
  await expect(page.getByRole('button', { name: 'Reopen' })).toBeVisible()
  await expect(field(page)).toHaveValue('Half a sen')
})

test('a new thread appears in the inbox, and opens', async ({ page, sandbox }) => {
  await page.goto(flow)
  const { title } = await sandbox.post('Where we are going')
  await inbox(page).getByRole('link', { name: title }).click()
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(title)
})

test('people chat in a thread, and see each other', async ({ page, visitor, sandbox }) => {
  const { path } = await sandbox.post('We need roads')
  const other = await visitor()
  await other.goto(path)
  await page.goto(path)
  await become(page, 'Ben Okafor')
  await field(page).fill('Do we?')
  await page.getByRole('button', { name: 'Send' }).click()
  for (const window of [page, other]) await expect(log(window)).toContainText('Do we?')
  await expect(field(page)).toHaveValue('')
  await expect(field(page)).toBeFocused()
})

test('the sandbox sends an action, and shows its result in place', async ({ page, sandbox, desk }) => {
  const thread = { actions: [update('Assign to me', `${desk.url}/ok`), update('Give up', `${desk.url}/sign-in`)] }
  const { title, path } = await sandbox.post('One point twenty-one gigawatts', { thread })
  desk.answer = async ({ url, headers }, response) => {
    response.setHeader('www-authenticate', `Flowdock-Token url=${desk.url}/claim`)
    if (url === '/sign-in') return response.writeHead(401).end()
    await sandbox.post(title, { title: 'took the ticket', thread })
    response.setHeader('content-type', 'text/plain').end(headers['flowdock-token'] ? 'It is yours.' : 'Not signed!')
  }
  await page.goto(path)
  await field(page).fill('Not sent yet')
  await actions(page).click()
  await page.getByRole('button', { name: 'Assign to me' }).click()
  await expect(log(page)).toContainText('took the ticket')
  await expect(page.locator('#outcome')).toHaveText('Assign to me: It is yours.')
  await expect(field(page)).toHaveValue('Not sent yet')
  await actions(page).focus()
  await page.keyboard.press('Enter')
  await page.keyboard.press('Escape')
  await expect(page.getByRole('button', { name: 'Give up' })).toBeHidden()
  await expect(actions(page)).toBeFocused()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Give up' }).click()
  await expect(page.getByRole('link', { name: 'Sign in there' })).toHaveAttribute('href', `${desk.url}/claim`)
})

test('a user authorizes the application', async ({ page, desk, provoke }) => {
  provoke(/^request to another host/)
  desk.answer = ({ url }, response) => void response.setHeader('content-type', 'text/plain').end(`Came to ${url}`)
  const query = new URLSearchParams({ client_id: 'tickets', response_type: 'code', scope: 'flow', state: 'abc' })
  await page.goto(`/oauth/authorize?${query}`)
  await page.getByRole('radio', { name: 'Rosa Lindqvist' }).check()
  await page.getByRole('button', { name: 'Allow' }).click()
  await expect(page.getByText('Came to /callback?code=')).toBeVisible()
  await expect(page).toHaveURL(/state=abc$/)
})

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a person chats, picks actions and sets faults', async ({ page, sandbox, desk }) => {
    const { path } = await sandbox.post('Back to the past', { thread: { actions: [update('Go', `${desk.url}/go`)] } })
    desk.answer = (_request, response) => void response.setHeader('content-type', 'text/plain').end('Gone.')
    await page.goto(path)
    await field(page).fill('Great Scott!')
    await page.getByRole('button', { name: 'Send' }).click()
    await expect(log(page)).toContainText('Great Scott!')
    await actions(page).click()
    await page.getByRole('button', { name: 'Go' }).click()
    await expect(page.locator('#outcome')).toHaveText('Go: Gone.')
    await page.getByRole('link', { name: 'Faults' }).click()
    await page.getByRole('textbox', { name: 'Path begins with' }).fill('/nowhere')
    await page.getByRole('button', { name: 'Add the fault' }).click()
    await expect(page.getByText('/nowhere: is answered 500, once')).toBeVisible()
    await page.getByRole('button', { name: 'Clear all faults' }).click()
    await expect(page.getByText('None. All requests')).toBeVisible()
  })

  test('a developer creates an application, generates a source, and posts with the command that the page shows', async ({
    page,
    provoke,
  }) => {
    provoke(failedLoad(422))
    await page.goto(flow)
    await page.getByRole('link', { name: 'Applications' }).click()
    await page.getByRole('link', { name: 'Create an application' }).click()
    await page.getByRole('textbox', { name: 'Name' }).fill('Flux <desk>')
    await page.getByRole('textbox', { name: 'Setup URI' }).fill('http://localhost:1/setup?flow={flow_id}')
    const icon = { name: 'icon.png', mimeType: 'image/png', buffer: onePixel }
    await page.getByLabel('Icon').setInputFiles(icon)
    await page.getByRole('textbox', { name: 'Callback URI' }).fill('nowhere')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('alert')).toContainText('The callback URI must be an http(s) URL')
    await expect(page.getByText('The icon that you chose is kept.')).toBeVisible()
    await page.getByRole('textbox', { name: 'Callback URI' }).fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Flux <desk>')
    const secret = page.getByRole('definition').nth(1)
    const firstSecret = await secret.textContent()
    await page.getByText('Reset the secret').click()
    await page.getByRole('button', { name: 'Make a new secret' }).click()
    await expect(secret).not.toHaveText(String(firstSecret))

    await page.getByRole('textbox', { name: 'Name of the source' }).fill('Tickets of 1955')
    await page.getByRole('button', { name: 'Generate a source' }).click()
    const command = await page.getByLabel('Command').textContent()
    const { stdout } = await promisify(execFile)('sh', ['-c', String(command)], { timeout: 20_000 })
    expect(stdout).toMatch(/^HTTP\/1\.1 202 /)
    await page.getByRole('link', { name: 'Open Main' }).click()
    const item = inbox(page).getByRole('listitem').filter({ hasText: 'Polish the flux capacitor' }).first()
    await expect(item).toContainText('Marty updated ticket')
    // The icon that was chosen before the error.
    await expect(item.locator('img.icon')).toHaveJSProperty('naturalWidth', 1)

    await page.getByRole('link', { name: 'Inbox settings' }).click()
    await expect(page.getByRole('listitem').filter({ hasText: 'Tickets of 1955' })).toContainText('Flux <desk>')
    await page.getByRole('link', { name: 'Applications' }).click()
    await page.getByRole('link', { name: 'Flux <desk>' }).click()
    await page.locator('summary', { hasText: 'Delete' }).click()
    await page.getByRole('button', { name: 'Delete Flux <desk>' }).click()
    await expect(page.getByRole('link', { name: 'Flux <desk>' })).toHaveCount(0)
    const again = await promisify(execFile)('sh', ['-c', String(command)], { timeout: 20_000 })
    expect(again.stdout).toMatch(/^HTTP\/1\.1 410 /)
  })
})

/** A PNG of one pixel. */
const onePixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
)

test('the page with a flow token is accessible, and fits on a phone', async ({ page }) => {
  await page.goto('/oauth/applications/1')
  await page.getByRole('textbox', { name: 'Name of the source' }).fill(difficult.slice(0, 255))
  await page.getByRole('button', { name: 'Generate a source' }).click()
  await expect(page.getByText('Copy it now.')).toBeVisible()
  await expectAccessible(page, 'a new source')
  await page.setViewportSize({ width: 320, height: 640 })
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320)
})

/** Long without a place to break, right to left, pictures, and markup. */
const difficult = `<b>${'W'.repeat(130)}</b> أين نأكل الغداء 👩‍👩‍👧‍👦 https://example.org/${'y'.repeat(200)}`

test.describe('every page', () => {
  const pages = [
    flow,
    `${flow}/inbox`,
    `${flow}/settings`,
    '/app/faults',
    '/oauth/authorize?client_id=tickets&response_type=code',
  ]
  let threadPath: string
  let paths: string[]
  let applicationPaths: string[]

  test.beforeEach(async ({ sandbox, provoke, request }) => {
    provoke(failedLoad(404))
    const thread = await sandbox.post(difficult, {
      author: { name: difficult.slice(0, 200) },
      body: `<p>${difficult}</p><table><tr><td>${'M'.repeat(200)}</td></tr></table><pre>${'i'.repeat(300)}</pre>`,
      thread: {
        fields: [{ label: difficult.slice(0, 200), value: difficult }],
        actions: [
          update(difficult.slice(0, 100), 'http://x/'),
          { '@type': 'ViewAction', name: 'See', url: 'http://x/' },
        ],
      },
    })
    const headers = { authorization: `Basic ${Buffer.from('ben-sandbox-api-token:').toString('base64')}` }
    await request.post('/flows/acme/main/messages', { headers, data: { event: 'message', content: difficult } })
    const application = { name: difficult.slice(0, 100), setup_uri: `https://x.example/${'y'.repeat(200)}` }
    const { id } = await (await request.post('/oauth/applications', { headers, data: { application } })).json()
    threadPath = thread.path
    const applicationPath = `/oauth/applications/${id}`
    applicationPaths = ['/oauth/applications', '/oauth/applications/1', applicationPath, `${applicationPath}/edit`]
    paths = [...pages, threadPath, `${flow}/threads/none`]
  })

  test('is accessible, in light and in dark', async ({ page }) => {
    for (const path of paths) {
      await page.goto(path)
      await expectAccessible(page, path)
    }
  })

  test('of applications is accessible, in light and in dark', async ({ page }) => {
    for (const path of applicationPaths) {
      await page.goto(path)
      await expectAccessible(page, path)
    }
  })

  test('has menus that are accessible, in light and in dark', async ({ page }) => {
    await page.goto(threadPath)
    const menus = await page.locator('summary').all()
    expect(menus.length).toBeGreaterThan(1)
    for (const menu of menus) {
      await menu.click()
      await expectAccessible(page, 'a menu', '.menu[open]')
      await page.keyboard.press('Escape')
    }
  })

  test('fits on a phone', async ({ page }) => {
    await page.setViewportSize({ width: 320, height: 640 })
    for (const path of [...paths, ...applicationPaths]) {
      await page.goto(path)
      const width = await page.evaluate(() => document.documentElement.scrollWidth)
      expect(width, path).toBe(320)
    }
  })
})

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']

async function expectAccessible(page: Page, what: string, part = 'html'): Promise<void> {
  for (const width of [1200, 390]) {
    await page.setViewportSize({ width, height: 800 })
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
      const { violations } = await new AxeBuilder({ page }).include(part).withTags(tags).setLegacyMode().analyze()
      const found = violations.flatMap(({ id, nodes }) =>
        nodes.map((node) => `${id}: ${node.failureSummary} ${node.html}`),
      )
      expect(found, `${what} at ${width}, ${colorScheme}`).toEqual([])
    }
  }
}
