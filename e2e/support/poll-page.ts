import { expect, type Locator, type Page } from '@playwright/test'

/** The radio button or checkbox of an option. */
export function choice(page: Page, title: string): Locator {
  return page.locator('#results').getByLabel(title, { exact: true })
}

/** The button that casts the vote for what is chosen. */
export function castButton(page: Page): Locator {
  return page.locator('#cast-vote')
}

/** Chooses an option and casts the vote. */
export async function vote(page: Page, title: string): Promise<void> {
  await choice(page, title).check()
  await castButton(page).click()
}

/** The button of a card in a list that votes for an option. */
export function voteButton(page: Page, title: string): Locator {
  return page.getByRole('button', { name: new RegExp(`^Vote for ${RegExp.escape(title)}( |$)`) })
}

/** The option that is marked as the person's choice. */
export function myVote(page: Page): Locator {
  return page
    .getByRole('listitem')
    .filter({ has: page.getByText('Your vote', { exact: true }).filter({ visible: true }) })
}

/** A text field by its label; buttons near it have names that contain the label, too. */
export function field(page: Page, label: string): Locator {
  return page.getByRole('textbox', { name: label })
}

/** Expects the poll's options, top to bottom, as in "Noodles 0% 0 votes". */
export async function expectOptions(page: Page, options: (string | RegExp)[]): Promise<void> {
  await expect(page.getByRole('region', { name: 'Vote and results' }).getByRole('listitem')).toContainText(options, {
    useInnerText: true,
  })
}

/** Unfolds the settings in the form of a new poll. Without JavaScript they always are. */
export async function openSettings(page: Page): Promise<void> {
  if (!(await page.locator('#category').isVisible())) await page.getByText('More settings').click()
}

/** Answers the question for the name that follows a newcomer's first action. */
export async function giveName(page: Page, name: string): Promise<void> {
  await expect(page.getByRole('heading', { name: 'What is your name?' })).toBeVisible()
  await page.getByLabel('Your name').fill(name)
  await page.getByRole('button', { name: 'Continue' }).click()
}
