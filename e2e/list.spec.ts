import type { Person } from './support/person.ts'
import { giveName, voteButton } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

const card = (page: Page, title: string) =>
  page.getByRole('article').filter({ has: page.getByRole('heading', { name: title, exact: true }) })
const titles = (page: Page) => page.getByRole('article').getByRole('heading')

test.describe('a list without polls', () => {
  test.use({ baseURL: ({ emptyServer }, use) => use(emptyServer.url) })

  test('says what to do', async ({ page }) => {
    await page.goto('/')
    await expect(page.getByText('No polls yet.')).toBeVisible()
    await page.getByRole('link', { name: 'Create the first poll' }).click()
    await expect(page.getByRole('heading', { name: 'New poll' })).toBeVisible()
  })
})

for (const [way, javaScriptEnabled] of [
  ['with JavaScript', true],
  ['without JavaScript', false],
] as const) {
  test.describe(`the list, ${way}`, () => {
    test.use({ javaScriptEnabled })

    test('shows open and closed polls, finds, filters and pages', async ({ page, guest }) => {
      // This test's own word keeps other polls out of its lists.
      const word = javaScriptEnabled ? 'Alpha' : 'Beta'
      const ada = await guest('Ada')
      await manyPolls(ada, word)
      await page.goto(`/?q=${word}`)
      await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Open polls'])
      await expect(titles(page)).toHaveCount(20)
      await expect(titles(page).first()).toHaveText(`${word} open 22`)
      await page.getByRole('link', { name: 'More polls' }).click()
      await expect(page.getByRole('heading', { level: 2 })).toHaveText(['Open polls', 'Closed polls'])
      await expect(titles(page)).toHaveText(
        ['open 2', 'open 1', 'closed 2', 'closed 1'].map((name) => `${word} ${name}`),
      )
      await expect(page.getByRole('link', { name: 'More polls' })).toHaveCount(0)

      const tabs = page.getByRole('navigation', { name: 'Which polls' })
      await tabs.getByRole('link', { name: 'Closed' }).click()
      await expect(titles(page)).toHaveText([`${word} closed 2`, `${word} closed 1`])
      await expect(tabs.getByRole('link', { name: 'Closed' })).toHaveAttribute('aria-current', 'page')
      await tabs.getByRole('link', { name: 'Open' }).click()
      await expect(titles(page)).toHaveCount(20)
      await page.getByRole('link', { name: 'More polls' }).click()
      await expect(titles(page)).toHaveText([`${word} open 2`, `${word} open 1`])

      const search = page.getByRole('searchbox', { name: 'Search polls' })
      await search.fill(`${word.toUpperCase()} OPEN 2`)
      await page.getByRole('button', { name: 'Search' }).click()
      await expect(titles(page)).toHaveText([22, 21, 20, 2].map((number) => `${word} open ${number}`))
      await expect(search).toHaveValue(`${word.toUpperCase()} OPEN 2`)
      await tabs.getByRole('link', { name: 'Closed' }).click()
      await search.fill(`${word} of "<none>"`)
      await page.getByRole('button', { name: 'Search' }).click()
      await expect(
        page.getByText(`No closed polls found with “${word} of "<none>"” in the title or description.`),
      ).toBeVisible()
      await page.getByRole('link', { name: 'See all polls' }).click()
      await expect(page).toHaveURL(/\/$/)
      await expect(search).toHaveValue('')
    })

    test('finds text of the description, and takes special characters literally', async ({ page, guest }) => {
      const ada = await guest('Ada')
      await ada.createPoll({ title: `A <b>rumour</b> ${way}`, description: `about 100% of it, ${way}` })
      await page.goto(`/?q=${encodeURIComponent(`100% of it, ${way}`)}`)
      await expect(titles(page)).toHaveText([`A <b>rumour</b> ${way}`])
      await page.goto(`/?q=${encodeURIComponent(`1_0% of it, ${way}`)}`)
      await expect(titles(page)).toHaveCount(0)
    })

    test('a vote in the list', async ({ page, guest }) => {
      const ada = await guest('Ada')
      const other = await ada.createPoll({ title: 'Another', description: `listed ${way}` })
      const lunch = await ada.createPoll({
        title: 'Lunch?',
        description: `listed ${way}`,
        options: ['Noodles', 'Soup', 'Rice', 'Salad'],
      })
      await ada.vote(other, 'Soup')
      await ada.comment(lunch, 'Well?')

      await page.goto(`/?q=listed+${encodeURIComponent(way)}`)
      await expect(card(page, 'Lunch?')).toContainText('0 votes · 1 comment')
      await card(page, 'Lunch?').getByRole('button', { name: 'Rice' }).click()
      await giveName(page, 'Bob')
      await expect(page).toHaveURL(/\/\?q=listed.*#poll-/)
      await expect(card(page, 'Lunch?')).toContainText('You voted')
      await expect(card(page, 'Lunch?')).toContainText('Your vote for Rice is counted.')
      await expect(card(page, 'Lunch?')).toContainText('Rice leads')
      await expect(card(page, 'Lunch?').getByRole('button', { name: 'Rice', pressed: true })).toContainText(
        '100% 1 vote',
      )
      await expect(card(page, 'Another')).not.toContainText('You voted')

      await card(page, 'Lunch?').getByRole('button', { name: 'Soup' }).click()
      await expect(card(page, 'Lunch?')).toContainText('Soup leads')
      await card(page, 'Another').getByRole('button', { name: 'Noodles' }).click()
      await expect(card(page, 'Another')).toContainText('It is a tie so far: Noodles and Soup')
      await expect(page.getByText('You voted')).toHaveCount(2)

      // The button that voted takes the vote back.
      await card(page, 'Another').getByRole('button', { name: 'Noodles', pressed: true }).click()
      await expect(card(page, 'Another')).toContainText('Soup leads')
      await expect(page.getByText(/^Your vote was withdrawn(\.|: Another)$/).first()).toBeAttached()
    })

    test('a vote in a search result returns to that search', async ({ page, guest }) => {
      const poll = await (await guest('Ada')).createPoll({ title: `Lunch & “more” +50% (${way})?` })
      await page.goto('/')
      await page.getByRole('searchbox').fill(poll.title)
      await page.getByRole('searchbox').press('Enter')
      await expect(titles(page)).toHaveCount(1)
      await voteButton(page, 'Soup').click()
      await giveName(page, 'Bob')
      await expect(page.getByText('You voted')).toBeVisible()
      await expect(titles(page)).toHaveCount(1)
      await expect(page.getByRole('searchbox')).toHaveValue(poll.title)
    })
  })
}

async function manyPolls(ada: Person, word: string): Promise<void> {
  for (let number = 1; number <= 2; number++)
    await ada.close(await ada.createPoll({ title: `${word} closed ${number}` }))
  for (let number = 1; number <= 22; number++) await ada.createPoll({ title: `${word} open ${number}` })
}
