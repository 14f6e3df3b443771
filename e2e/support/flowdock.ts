import { field } from './poll-page.ts'
import type { Server } from './server.ts'
import { test as base, type Page } from './test.ts'

/** On a server with a Flowdock sandbox. */
export const test = base.extend<{ aroundFlowdock: undefined }>({
  server: ({ flowdockServer }, use) => use(flowdockServer),

  aroundFlowdock: [
    async ({ provoke }, use) => {
      provoke(/^request to another host: http:\/\/localhost:/)
      await use(undefined)
    },
    { auto: true },
  ],
})

export const inbox = (page: Page) => page.getByRole('complementary', { name: 'Inbox' })
export const log = (page: Page) => page.getByRole('log')
export const status = (page: Page) => page.locator('#thread-head .status')
export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })

/** Connects a flow of the sandbox, from its inbox settings. */
export async function pair(page: Page, { sandboxUrl }: Server, flow: string, name: string): Promise<void> {
  await page.goto(`${sandboxUrl}/app/acme/${flow}/settings`)
  await page.getByRole('link', { name: 'Set up Polldock' }).click()
  await button(page, 'Allow').click()
  await field(page, 'Name').fill(name)
  await button(page, 'Connect').click()
  await page.getByText('The flow is connected.').waitFor()
}

/** Creates a poll through its form, and stays on its page. */
export async function createPoll(page: Page, question: string, [first, second]: [string, string]): Promise<void> {
  await page.goto('/polls/new')
  await field(page, 'Question').fill(question)
  await field(page, 'Option 1').fill(first)
  await field(page, 'Option 2').fill(second)
  await button(page, 'Create the poll').click()
}
