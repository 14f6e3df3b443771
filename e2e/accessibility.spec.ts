import { expectAccessible } from './support/accessible.ts'
import { plainTexts, states } from './support/states.ts'
import { failedLoad, test } from './support/test.ts'

test.beforeEach(({ provoke }) =>
  provoke(failedLoad(422), failedLoad(409), failedLoad(404), failedLoad(403), /csrf secret/),
)

for (const [name, bring] of Object.entries(states)) {
  test(`axe finds nothing: ${name}`, async ({ page, baseURL }) => {
    await bring({ page, texts: plainTexts, url: baseURL ?? '' })
    await expectAccessible(page)
  })
}

test.describe('with an empty database', () => {
  test.use({ baseURL: ({ emptyServer }, use) => use(emptyServer.url) })

  test('axe finds nothing: list without polls', async ({ page }) => {
    await page.goto('/')
    await expectAccessible(page)
  })
})
