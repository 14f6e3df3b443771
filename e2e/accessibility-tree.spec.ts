import { type NewPoll, signIn } from './support/person.ts'
import { choice, vote } from './support/poll-page.ts'
import { expect, type Page, test } from './support/test.ts'

// What a screen reader finds on a poll's page, for each kind of poll: names, roles and their order, before and after a
// vote, and what is announced.

/** Opens a poll of Ada as Bob. */
type Opens = (poll: NewPoll) => Promise<void>

const it = test.extend<{ open: Opens }>({
  open: async ({ page, guest }, use) => {
    const ada = await guest('Ada')
    await signIn(page, 'Bob')
    await use(async (poll) => void (await page.goto((await ada.createPoll(poll)).url)))
  },
})

const expectTree = (page: Page, tree: string) =>
  expect(page.getByRole('region', { name: 'Vote and results' })).toMatchAriaSnapshot(tree)
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
/** The live region. A text replaces another one after two seconds. */
const announced = (page: Page) => page.getByRole('status').and(page.locator('#announcer'))

it('single choice: a radio group named by the question, and a button that names the choice', async ({ page, open }) => {
  await open({ title: 'Lunch?' })
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: Choose one option.
      - paragraph: /Everybody can see who voted for what/
      - paragraph: Nobody has voted yet 0 votes
      - radiogroup "Lunch?":
        - list:
          - listitem:
            - radio "Noodles"
          - listitem:
            - radio "Soup"
      - paragraph:
        - button "Vote"
      - status
    `,
  )
  await expect(page.getByRole('radiogroup')).toHaveAccessibleDescription(/^Choose one option\. Everybody can see who/)
  await choice(page, 'Soup').check()
  await expectTree(page, `- button "Vote for Soup"`)
  await button(page, 'Vote for Soup').click()
  await expect(announced(page)).toHaveText('Your vote for Soup is counted. You can change it until the poll closes.')
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph:
        - strong: Soup
        - text: leads 1 vote
      - radiogroup "Lunch?":
        - list:
          - listitem:
            - radio "Noodles"
          - listitem:
            - radio "Soup" [checked]
            - list "Votes for Soup":
              - listitem: Bob
      - paragraph:
        - text: Your vote for
        - strong: Soup
        - text: is counted. You can change it until the poll closes.
      - paragraph:
        - button "Withdraw my vote"
    `,
  )
  await expect(choice(page, 'Soup')).toHaveAccessibleDescription('Your vote Leader 100% 1 vote')
})

it('multiple choice: a group of checkboxes, and too many are announced', async ({ page, open }) => {
  await open({ title: 'Toppings?', method: 'multiple_choice', maxChoices: 2, options: ['Olives', 'Corn', 'Basil'] })
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: Choose up to 2 options.
      - group "Toppings?":
        - list:
          - listitem:
            - checkbox "Olives"
          - listitem:
            - checkbox "Corn"
          - listitem:
            - checkbox "Basil"
      - paragraph:
        - button "Save my choices"
    `,
  )
  for (const title of ['Olives', 'Corn', 'Basil']) await choice(page, title).check()
  await expect(announced(page)).toHaveText('You chose 3. Choose up to 2.')
  await choice(page, 'Corn').uncheck()
  await button(page, 'Save my choices').click()
  await expect(announced(page)).toHaveText(
    'Your vote for Olives and Basil is counted. You can change it until the poll closes.',
  )
  await expect(choice(page, 'Basil')).toHaveAccessibleDescription(/^Your vote /)
})

it('scores: a group of radio buttons for each option', async ({ page, open }) => {
  await open({ title: 'How good?', method: 'score', options: ['Apples', 'Plums'] })
  await expectTree(
    page,
    `
    - region "Vote and results":
      - group "Your points":
        - list:
          - listitem:
            - group "Apples":
              - radio "Leave out"
              - radio "0"
              - radio "1"
              - radio "2"
              - radio "3"
              - radio "4"
              - radio "5"
          - listitem:
            - group "Plums"
        - paragraph:
          - button "Save my points"
      - paragraph: Nobody has voted yet 0 voters
    `,
  )
  await expect(page.getByRole('radio', { checked: true })).toHaveCount(0)
  await page.getByRole('group', { name: 'Apples' }).getByLabel('4').check()
  await button(page, 'Save my points').click()
  await expect(announced(page)).toHaveText('Your points are counted. You can change them until the poll closes.')
  await expectTree(
    page,
    `
    - region "Vote and results":
      - group "Your points":
        - list:
          - listitem:
            - group "Apples":
              - radio "4" [checked]
        - paragraph: Your points are counted. You can change them until the poll closes.
        - paragraph:
          - button "Withdraw my vote"
      - list:
        - listitem:
          - list "Votes for Apples":
            - listitem: Bob 4
    `,
  )
})

it('ranking: the options in order with their buttons, and every move is announced', async ({ page, open }) => {
  await open({ title: 'Where?', method: 'ranked', options: ['Rome', 'Oslo', 'Lima'] })
  await button(page, 'Rank next: Oslo').click()
  await expect(announced(page)).toHaveText('Oslo: place 1 of 1.')
  await button(page, 'Rank next: Rome').click()
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: Put options in order, the best first. You can leave some out.
      - group "Your ranking":
        - paragraph: Press the next one, or leave the others out. To reorder, drag by the dots or use the arrows.
        - list "In your order":
          - listitem:
            - button "Move Oslo, place 1 of 2"
            - text: 1 Oslo
            - button "Move Oslo up" [disabled]
            - button "Move Oslo down"
            - button "Take Oslo out"
          - listitem:
            - button "Move Rome, place 2 of 2"
        - list "Not in your ranking":
          - listitem:
            - 'button "Rank next: Lima"'
        - paragraph:
          - button "Save my ranking"
          - text: Not saved yet
    `,
  )
  await expect(announced(page)).toHaveText('Rome: place 2 of 2.')
  await button(page, 'Save my ranking').click()
  await expect(announced(page)).toHaveText('Your ranking is counted. You can change it until the poll closes.')
  await expectTree(
    page,
    `
    - region "Vote and results":
      - group "Your ranking":
        - paragraph: Your ranking is counted. You can change it until the poll closes.
        - paragraph:
          - button "Withdraw my vote"
      - paragraph:
        - strong: Oslo
        - text: leads 1 voter
      - region "How it is counted":
        - heading "How it is counted" [level=2]
        - group "How it is counted":
          - table /Instant-runoff/:
            - rowgroup:
              - row "Option Round 1"
            - rowgroup:
              - row "Oslo 1"
    `,
  )
})

it('dates: a group of three answers for each date, and a table of who can come', async ({ page, open }) => {
  const options = ['2055-03-10T18:00Z/2055-03-10T20:00Z', '2055-03-11']
  await open({ title: 'When?', method: 'dates', timeZone: 'UTC', options })
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: Answer yes, if need be or no for each date.
      - group "Your availability":
        - paragraph:
          - text: Times are in your time zone, UTC.
          - button "Yes to all"
        - list:
          - listitem:
            - group "Wed, 10 Mar 2055, 18:00–20:00":
              - radio "Yes"
              - radio "If need be"
              - radio "No"
          - listitem:
            - group "Thu, 11 Mar 2055":
              - radio "Yes"
              - radio "If need be"
              - radio "No"
        - paragraph:
          - button "Save my answers"
      - paragraph: Nobody has voted yet 0 voters
    `,
  )
  await button(page, 'Yes to all').click()
  await expect(announced(page)).toHaveText('Yes to all. Save your answers to send them.')
  const thursday = page.getByRole('group', { name: 'Thu, 11 Mar 2055' })
  await thursday.getByLabel('If need be').check()
  await button(page, 'Save my answers').click()
  await expect(announced(page)).toHaveText(
    'Your answers for 2 dates are counted. You can change them until the poll closes.',
  )
  await expect(thursday).toHaveAccessibleDescription('100% 0 yes, 1 if need be')
  await expectTree(
    page,
    `
    - region "Vote and results":
      - group "Your availability":
        - paragraph: Your answers for 2 dates are counted. You can change them until the poll closes.
        - paragraph:
          - button "Withdraw my answers"
      - paragraph:
        - strong:
          - time: Wed, 10 Mar 2055, 18:00–20:00
        - text: leads 1 voter
      - region "Availability":
        - heading "Availability" [level=2]
        - group "Availability":
          - table:
            - rowgroup:
              - row:
                - columnheader "Person"
                - columnheader "Wed 10 Mar 18:00–20:00 (Best so far)"
                - columnheader "Thu 11 Mar"
            - rowgroup:
              - row "Bob Yes If need be":
                - rowheader "Bob"
    `,
  )
})

it('anonymous: the page says what is hidden, and the receipt has a name', async ({ page, open }) => {
  await open({ title: 'Who?', anonymous: true, options: ['Mona', 'Nils'] })
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: Choose one option.
      - paragraph: /^Nobody sees who voted for what\\./
      - paragraph: The results are shown once the poll is closed 0 votes
      - radiogroup "Who?":
        - list:
          - listitem:
            - radio "Mona"
          - listitem:
            - radio "Nils"
      - paragraph:
        - button "Vote"
      - group: I have a receipt
    `,
  )
  await vote(page, 'Nils')
  await expect(announced(page)).toHaveText('Your vote for Nils is counted. You can change it until the poll closes.')
  await expectTree(
    page,
    `
    - region "Vote and results":
      - paragraph: The results are shown once the poll is closed 1 vote
      - radiogroup "Who?":
        - list:
          - listitem:
            - radio "Nils" [checked]
      - paragraph:
        - button "Withdraw my vote"
      - textbox "Your receipt": /^[a-z2-9]{26}$/
      - button "Copy"
    `,
  )
  // The count would tell what the first voter chose.
  await expect(choice(page, 'Nils')).toHaveAccessibleDescription('Your vote')
})
