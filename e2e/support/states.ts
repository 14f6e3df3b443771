import { expect, type Page } from '@playwright/test'
import { type NewPoll, newGuest, type Person, signIn } from './person.ts'
import { field, vote } from './poll-page.ts'

/** The texts on the pages that are checked. */
export type Texts = {
  poll: { title: string; description: string; category: string; options: string[] }
  comment: string
  name: string
}

export const plainTexts: Texts = {
  poll: {
    title: 'Where do we eat lunch on Friday?',
    description: 'The usual place is closed.\n\nMenus: https://example.org/menus',
    category: 'Food',
    options: ['Noodle Bar', 'The soup kitchen around the corner', 'Pizza', 'Bring your own'],
  },
  comment: 'I could eat noodles every day. See https://example.org/noodles',
  name: 'Ada',
}

type PageState = { page: Page; texts: Texts; url: string }

/** Every relevant state of every page, by name. Each function brings the page there with a separate visitor. */
export const states: Record<string, (stage: PageState) => Promise<void>> = {
  'list of a newcomer': async (stage) => {
    await poll(stage)
    await stage.page.goto('/')
  },
  'list of somebody who voted': async (stage) => {
    await poll(stage)
    const closed = await poll(stage)
    const { options } = stage.texts.poll
    const short = await closed.ada.createPoll({ ...stage.texts.poll, options: options.slice(0, 2) })
    await closed.ada.close(closed.made)
    await signIn(stage.page, stage.texts.name)
    await stage.page.goto('/')
    await stage.page.locator(`#poll-${short.id}`).getByRole('button').first().click()
    await expect(stage.page.locator(`#poll-${short.id}`).getByText('You voted')).toBeVisible()
  },
  'search without result': async ({ page, texts }) => {
    const { title, category } = texts.poll
    await page.goto(`/?${new URLSearchParams({ status: 'closed', category, q: `${title} nowhere` })}`)
  },
  'open poll': async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(path)
  },
  'open poll, voted': async (stage) => {
    const { path } = await poll(stage)
    await signIn(stage.page, stage.texts.name)
    await stage.page.goto(path)
    await vote(stage.page, stage.texts.poll.options[0] ?? '')
    await expect(stage.page.getByRole('button', { name: 'Withdraw my vote' })).toBeVisible()
    await stage.page.getByText('QR code').click()
  },
  'open poll, an option refused': async (stage) => {
    const { path } = await poll(stage)
    await signIn(stage.page, stage.texts.name)
    await stage.page.goto(path)
    await field(stage.page, 'Add an option').fill(stage.texts.poll.options[0] ?? '')
    await stage.page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(field(stage.page, 'Add an option')).toHaveAttribute('aria-invalid', 'true')
  },
  'open poll, a comment refused': async (stage) => {
    const { path } = await poll(stage)
    await signIn(stage.page, stage.texts.name)
    await stage.page.goto(path)
    await field(stage.page, 'Add a comment').fill(' ')
    await stage.page.getByRole('button', { name: 'Comment' }).click()
    await expect(field(stage.page, 'Add a comment')).toHaveAttribute('aria-invalid', 'true')
  },
  'closed poll': async (stage) => {
    const { path, ada, made } = await poll(stage)
    await ada.close(made)
    await stage.page.goto(path)
  },
  'closed poll, tied': async (stage) => {
    const { path, ada, made } = await poll(stage)
    await (await newGuest(stage.url, 'Cleo')).vote(made, stage.texts.poll.options[1] ?? '')
    await ada.close(made)
    await stage.page.goto(path)
  },
  'own ranking, counted': async (stage) => {
    const { url } = await counted(stage, { ...stage.texts.poll, method: 'ranked' }, (ids) => ids.toReversed())
    await stage.page.goto(url)
  },
  'own ranking, closed': async (stage) => {
    const { url, me, made } = await counted(stage, { ...stage.texts.poll, method: 'ranked' }, (ids) => ids.slice(1))
    await me.close(made)
    await stage.page.goto(url)
  },
  'own points': async (stage) => {
    const points = (ids: string[]) => ids.map((id, place) => `${id}=${place}`)
    const { url } = await counted(stage, { ...stage.texts.poll, method: 'score' }, points)
    await stage.page.goto(url)
  },
  'own dates': async (stage) => {
    const says = (ids: string[]) => ids.map((id, place) => `${id}=${['yes', 'if_need_be', 'no'][place % 3]}`)
    const { url } = await counted(stage, { ...stage.texts.poll, ...dates }, says)
    await stage.page.goto(url)
  },
  'own dates, closed': async (stage) => {
    const says = (ids: string[]) => ids.map((id) => `${id}=if_need_be`)
    const { url, me, made } = await counted(stage, { ...stage.texts.poll, ...dates }, says)
    await me.close(made)
    await stage.page.goto(url)
  },
  'own poll, options proposed': async (stage) => {
    const me = await signIn(stage.page, stage.texts.name)
    const [first = '', ...others] = stage.texts.poll.options
    const made = await me.createPoll({ ...stage.texts.poll, options: others, optionsModerated: true })
    await (await newGuest(stage.url, stage.texts.name)).addOption(made, first)
    await stage.page.goto(made.url)
    await expect(stage.page.getByRole('button', { name: 'Dismiss' })).toBeVisible()
  },
  'own poll, voters named': async (stage) => {
    const me = await signIn(stage.page, stage.texts.name)
    const roll = [stage.texts.name, 'm'.repeat(200)]
    const made = await me.createPoll({ ...stage.texts.poll, roll })
    await me.vote(made, stage.texts.poll.options[0] ?? '')
    await stage.page.goto(made.url)
    await stage.page.getByText('Voter list', { exact: true }).click()
  },
  'secret ballot, cast': async (stage) => {
    await secretPoll(stage)
    await vote(stage.page, stage.texts.poll.options[0] ?? '')
    await expect(stage.page.getByLabel('Your receipt')).toBeVisible()
  },
  'secret ballot, receipt refused': async (stage) => {
    const { me, made } = await secretPoll(stage)
    await me.vote(made, stage.texts.poll.options[0] ?? '')
    await stage.page.reload()
    await field(stage.page, 'The receipt of your ballot').fill('mine')
    await stage.page.getByRole('button', { name: 'Find my ballot' }).click()
    await expect(stage.page.getByText('A receipt has 26')).toBeVisible()
  },
  'secret ballots, too few': async (stage) => {
    const { me, made } = await secretPoll(stage)
    await me.close(await me.vote(made, stage.texts.poll.options[0] ?? ''))
    await stage.page.reload()
  },
  'secret ballots, opened': async (stage) => {
    await openedPoll(stage)
    await stage.page.reload()
  },
  'secret ballots, published': async (stage) => {
    await openedPoll(stage)
    await stage.page.reload()
    await stage.page.getByRole('link', { name: 'All ballots' }).click()
    await expect(stage.page.getByText('Yours', { exact: true })).toBeVisible()
  },
  'own poll, not voted in': async (stage) => {
    const me = await signIn(stage.page, stage.texts.name)
    const { url } = await me.createPoll(stage.texts.poll)
    await stage.page.goto(url)
    await stage.page.getByText('Delete …').click()
  },
  'own poll, archived': async (stage) => {
    const me = await signIn(stage.page, stage.texts.name)
    const made = await me.createPoll(stage.texts.poll)
    await me.archive(await me.close(made))
    await stage.page.goto(made.url)
  },
  'not connected': async (stage) => {
    const { path } = await poll(stage)
    await stage.page.route('**/stream?*', (route) => route.fulfill({ status: 204 }))
    await stage.page.goto(path)
    await expect(stage.page.getByText('Not connected.')).toBeVisible()
  },
  'new poll': async ({ page }) => void (await page.goto('/polls/new')),
  'new poll, all rules': async ({ page }) => {
    await page.goto('/polls/new')
    await page.getByText('More settings').click()
  },
  'new poll of dates': async ({ page }) => void (await page.goto('/polls/new/dates')),
  'new poll of dates, refused': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/polls/new/dates')
    await field(page, 'Question').fill(texts.poll.title)
    await page.getByLabel('To', { exact: true }).first().fill('18:00')
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await expect(page.getByText('needs correcting').or(page.getByText('need correcting'))).toBeVisible()
  },
  'new poll, refused': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/polls/new')
    await field(page, 'Question').fill('x')
    await field(page, 'Description').fill('x'.repeat(5_001))
    for (const option of ['Option 1', 'Option 2']) await field(page, option).fill(texts.poll.options[0] ?? '')
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await expect(page.getByText('things need correcting')).toBeVisible()
  },
  'new poll, too few options': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/polls/new')
    await field(page, 'Question').fill(texts.poll.title)
    await page.getByRole('button', { name: 'Create the poll' }).click()
    await expect(page.getByText('One thing needs correcting')).toBeVisible()
  },
  'editing a poll': async ({ page, texts }) => {
    const { id } = await (await signIn(page, texts.name)).createPoll(texts.poll)
    await page.goto(`/polls/${id}/edit`)
  },
  'editing a poll, refused': async ({ page, texts }) => {
    const { id } = await (await signIn(page, texts.name)).createPoll(texts.poll)
    await page.goto(`/polls/${id}/edit`)
    await field(page, 'Question').fill('')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(page.getByText('One thing needs correcting')).toBeVisible()
  },
  'renaming an option': async ({ page, texts }) => {
    const { id, options } = await (await signIn(page, texts.name)).createPoll(texts.poll)
    await page.goto(`/polls/${id}`)
    await page.goto(`${new URL(page.url()).pathname}/options/${options[0]?.id}`)
  },
  'renaming an option, asked': async (stage) => {
    const { url, made } = await counted(stage, stage.texts.poll, (ids) => ids.slice(0, 1))
    await stage.page.goto(`${url}/options/${made.options[0]?.id}`)
    await field(stage.page, 'The new name').fill('Another one')
    await stage.page.getByRole('button', { name: 'Rename' }).click()
    await expect(stage.page.getByText('Rename it anyway')).toBeVisible()
  },
  'an option renamed': async (stage) => {
    const { url, me, made } = await counted(stage, stage.texts.poll, (ids) => ids.slice(0, 1))
    await me.renameOption(made, stage.texts.poll.options[0] ?? '', 'Another one')
    await stage.page.goto(url)
  },
  'removing an option, asked': async (stage) => {
    const { url, made } = await counted(stage, stage.texts.poll, (ids) => ids.slice(0, 1))
    await stage.page.goto(`${url}/options/${made.options[0]?.id}/remove`)
    await expect(stage.page.getByText('Remove it anyway')).toBeVisible()
  },
  'setting votes aside': async (stage) => {
    const { url } = await counted(stage, stage.texts.poll, (ids) => ids.slice(0, 1))
    await stage.page.goto(`${url}/votes/manage`)
    await stage.page.getByText('Set aside …').first().click()
    await field(stage.page, 'Reason').first().fill(stage.texts.comment.slice(0, 100))
    await stage.page.getByRole('button', { name: 'Set the vote aside' }).first().click()
    await expect(stage.page.getByText('It does not count.')).toBeVisible()
  },
  'deleting a comment': async (stage) => {
    const { url, me, made } = await counted(stage, stage.texts.poll, (ids) => ids.slice(0, 1))
    await me.comment(made, stage.texts.comment)
    await stage.page.goto(url)
    await stage.page.getByRole('link', { name: 'Edit or delete your comment' }).click()
  },
  'deleting my data': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/me')
    await page.getByRole('link', { name: 'Delete my data' }).click()
  },
  'name asked for': async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(path)
    await vote(stage.page, stage.texts.poll.options[0] ?? '')
    await expect(field(stage.page, 'Your name')).toBeVisible()
  },
  'name asked for, refused': async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(path)
    await vote(stage.page, stage.texts.poll.options[0] ?? '')
    await field(stage.page, 'Your name').fill(' ')
    await stage.page.getByRole('button', { name: 'Continue' }).click()
    await expect(field(stage.page, 'Your name')).toHaveAttribute('aria-invalid', 'true')
  },
  'me, a newcomer': async ({ page }) => void (await page.goto('/me')),
  'me, without polls': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/me')
  },
  'me, with polls and a token': async ({ page, texts }) => {
    const me = await signIn(page, texts.name)
    await me.createPoll(texts.poll)
    await me.archive(await me.close(await me.createPoll(texts.poll)))
    await page.goto('/me')
    await field(page, 'What is the new token for?').fill(texts.name)
    await page.getByRole('button', { name: 'Create a token' }).click()
    await expect(field(page, 'Your new token')).toBeVisible()
  },
  'me, votes': async ({ page, url, texts }) => {
    const me = await signIn(page, texts.name)
    const ada = await newGuest(url, texts.name)
    const polls = [await ada.createPoll(texts.poll), await ada.createPoll(texts.poll), await ada.createPoll(texts.poll)]
    for (const poll of polls) await me.cast(poll, (ids) => ids.slice(0, 1))
    if (polls[0]) await ada.close(polls[0])
    await page.goto('/me?list=voted')
    await page.getByRole('button', { name: 'Withdraw' }).first().click()
    await expect(page.getByText('Your vote was withdrawn')).toBeVisible()
  },
  'me, refused': async ({ page, texts }) => {
    await signIn(page, texts.name)
    await page.goto('/me')
    await field(page, 'Display name').fill('x'.repeat(61))
    await page.getByRole('button', { name: 'Save' }).click()
    await expect(field(page, 'Display name')).toHaveAttribute('aria-invalid', 'true')
  },
  activity: async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(`${path}/activity`)
  },
  comments: async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(`${path}/comments`)
  },
  'a form that has expired': async (stage) => {
    const { path } = await poll(stage)
    await stage.page.goto(path)
    await stage.page.context().clearCookies()
    await vote(stage.page, stage.texts.poll.options[0] ?? '')
    await expect(stage.page.getByRole('button', { name: 'Send it again' })).toBeVisible()
  },
  'nothing there': async ({ page, texts }) => void (await page.goto(`/${encodeURIComponent(texts.poll.title)}`)),
  'API reference': async ({ page }) => void (await page.goto('/api')),
}

const dates = {
  method: 'dates',
  timeZone: 'America/Argentina/ComodRivadavia',
  options: ['2027-03-10T18:00Z/2027-03-11T02:00Z', '2027-03-12', '2027-03-13/2027-03-14', '2027-03-15T18:00Z'],
} satisfies Partial<NewPoll>

/** A poll of the page's visitor, in which both the visitor and another person have voted. */
async function counted({ page, url, texts }: PageState, asked: NewPoll, choices: (ids: string[]) => string[]) {
  const me = await signIn(page, texts.name)
  const made = await me.createPoll(asked)
  await (await newGuest(url, texts.name)).cast(made, choices)
  const own = (ids: string[]) => (choices(ids).length > 1 ? choices(ids).slice(1) : choices(ids))
  await me.cast(made, own)
  return { me, made, url: made.url }
}

/** An anonymous poll of the page's visitor, open on the page. */
async function secretPoll({ page, texts }: PageState) {
  const me = await signIn(page, texts.name)
  const made = await me.createPoll({ ...texts.poll, anonymous: true })
  await page.goto(made.url)
  return { me, made }
}

/** A closed anonymous poll in which the visitor and two others have voted. */
async function openedPoll(stage: PageState) {
  const { me, made } = await secretPoll(stage)
  const [first = '', second = ''] = stage.texts.poll.options
  await vote(stage.page, first)
  await expect(stage.page.getByLabel('Your receipt')).toBeVisible()
  for (const title of [first, second]) await (await newGuest(stage.url, stage.texts.name)).vote(made, title)
  await me.close(made)
}

/** A poll of another person, with all features. */
async function poll({ url, texts }: PageState) {
  const ada: Person = await newGuest(url, texts.name)
  const made = await ada.createPoll(texts.poll)
  await ada.vote(made, texts.poll.options[0] ?? '')
  await ada.comment(made, texts.comment)
  await ada.edit(made, { title: texts.poll.title.slice(0, -1) })
  await ada.edit(made, { title: texts.poll.title })
  return { ada, made, id: made.id, path: new URL(made.url).pathname }
}
