import { signIn } from './support/person.ts'
import { choice, expectOptions, field, giveName, myVote, vote, voteButton } from './support/poll-page.ts'
import { expect, failedLoad, type Page, test } from './support/test.ts'

const tooMuch = 'word '.repeat(14_000)

test.describe('pages for missing things', () => {
  test('a page that does not exist', async ({ page, provoke }) => {
    provoke(failedLoad(404))
    for (const path of [
      '/nothing/here',
      '/polls/lunch',
      '/polls/lunch-aaaaaaaaaaaaaaaa',
      '/assets/x/app.css',
      '/polls/%00',
    ]) {
      const answer = await page.goto(path)
      expect(answer?.status()).toBe(404)
      await expect(page.getByRole('heading', { name: 'Page not found' })).toBeVisible()
    }
    await page.getByRole('link', { name: 'See all polls' }).click()
    await expect(page.getByRole('heading', { level: 1, name: 'Polls' })).toBeVisible()
  })

  test('a deleted poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(410))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Gone' })
    await ada.delete(poll)
    expect((await page.goto(poll.url))?.status()).toBe(410)
    await expect(page.getByRole('heading', { name: 'This poll is gone' })).toBeVisible()
    await expect(page.getByText('This poll was deleted')).toBeVisible()
  })

  test('editing another person’s poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(403))
    const poll = await (await guest('Ada')).createPoll({ title: 'Mine' })
    expect((await page.goto(`/polls/${poll.id}/edit`))?.status()).toBe(403)
    await expect(page.getByText('Only the creator of this poll can edit it.')).toBeVisible()
  })

  test('an invalid cursor of the list', async ({ page, provoke }) => {
    provoke(failedLoad(422))
    expect((await page.goto('/?cursor=nonsense'))?.status()).toBe(422)
    await expect(page.getByRole('heading', { name: 'Something needs correcting' })).toBeVisible()
  })
})

test.describe('an outdated page, without JavaScript', () => {
  test.use({ javaScriptEnabled: false })

  test('a vote for a closed poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(409))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Too late' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await ada.close(poll)
    await vote(page, 'Soup')
    await expect(page.getByRole('alert')).toHaveText(/poll is closed/i)
    await expect(page.getByText('Nobody voted').first()).toBeVisible()
    await expect(choice(page, 'Soup')).toHaveCount(0)
  })

  test('an option for a closed poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(409))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Too late for more' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await ada.close(poll)
    await field(page, 'Add an option').fill('Rice')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(page.getByRole('alert')).toHaveText(/poll is closed/i)
    await expect(page.getByRole('alert')).toBeVisible()
  })

  test('a form after the cookies are deleted is offered again in full', async ({ page, guest, provoke }) => {
    provoke(failedLoad(403), /Missing csrf secret/)
    const poll = await (await guest('Ada')).createPoll({ title: 'Forgetful' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await field(page, 'Add a comment').fill('Half a page')
    await page.context().clearCookies()
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(page.getByRole('heading', { name: 'Please send that again' })).toBeVisible()
    await page.getByRole('button', { name: 'Send it again' }).click()
    await giveName(page, 'Bob again')
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Half a page')
  })

  test('more text than a form holds', async ({ page, guest, provoke }) => {
    provoke(failedLoad(413))
    const poll = await (await guest('Ada')).createPoll({ title: 'Wordy' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await field(page, 'Add a comment').fill(tooMuch)
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(page.getByRole('heading', { name: 'The text is too long' })).toBeVisible()
  })
})

test.describe('an outdated page, with JavaScript', () => {
  const notice = (page: Page) => page.getByRole('alert')

  /** Opens a page that gets no live updates. */
  async function openStale(page: Page, url: string): Promise<void> {
    await page.route('**/stream?*', (route) => route.fulfill({ status: 204 }))
    await page.goto(url)
  }

  test('a vote for a closed poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(409))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Too late' })
    await signIn(page, 'Bob')
    await openStale(page, poll.url)
    await ada.vote(poll, 'Noodles')
    await ada.close(poll)
    await vote(page, 'Soup')
    await expect(notice(page)).toHaveText(/poll is closed/i)
    await expect(page.getByText('Winner: Noodles')).toBeVisible()
    await expect(choice(page, 'Soup')).toHaveCount(0)
  })

  test('a vote in the list for a closed poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(409))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Too late in the list' })
    await signIn(page, 'Bob')
    await page.goto(`/?q=${encodeURIComponent(poll.title)}`)
    await ada.close(poll)
    await voteButton(page, 'Soup').click()
    await expect(notice(page)).toHaveText(/poll is closed/i)
    await expect(notice(page)).toBeInViewport()
  })

  test('an option for a closed poll', async ({ page, guest, provoke }) => {
    provoke(failedLoad(409))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Too late for more' })
    await signIn(page, 'Bob')
    await openStale(page, poll.url)
    await ada.close(poll)
    await field(page, 'Add an option').fill('Rice')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await expect(notice(page)).toHaveText(/poll is closed/i)
    await expect(field(page, 'Add an option')).toHaveValue('Rice')
  })

  test('a comment on a deleted poll stays in its field', async ({ page, guest, provoke }) => {
    provoke(failedLoad(410))
    const ada = await guest('Ada')
    const poll = await ada.createPoll({ title: 'Gone in between' })
    await signIn(page, 'Bob')
    await openStale(page, poll.url)
    await ada.delete(poll)
    await field(page, 'Add a comment').fill('Long thoughts')
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(notice(page)).toHaveText(/This poll was deleted/)
    await expect(notice(page)).toBeInViewport()
    await expect(field(page, 'Add a comment')).toHaveValue('Long thoughts')
  })

  test('more text than a form holds', async ({ page, guest, provoke }) => {
    provoke(failedLoad(413))
    const poll = await (await guest('Ada')).createPoll({ title: 'Wordy' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await field(page, 'Add a comment').fill(tooMuch)
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(notice(page)).toHaveText(/One form holds at most 64 KiB/)
    await expect(notice(page)).toBeInViewport()
    await expect(field(page, 'Add a comment')).toHaveValue(tooMuch)

    await field(page, 'Add a comment').fill('Shorter')
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Shorter')
    await expect(notice(page)).toHaveCount(0)
  })

  test('a form after the cookies are deleted', async ({ page, guest, provoke }) => {
    provoke(failedLoad(403), /Missing csrf secret/)
    const poll = await (await guest('Ada')).createPoll({ title: 'Forgetful' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await page.context().clearCookies()
    await field(page, 'Add a comment').fill('Half a page')
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(notice(page)).toHaveText(/Nothing is lost: send it again/)
    await expect(field(page, 'Add a comment')).toHaveValue('Half a page')
    await page.getByRole('button', { name: 'Comment' }).click()
    await giveName(page, 'Bob')
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Half a page')
  })

  test('a form after the session has ended asks for the name again, and continues', async ({ page, guest }) => {
    const poll = await (await guest('Ada')).createPoll({ title: 'A year later' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await page.context().clearCookies({ name: 'polldock' })
    await field(page, 'Add a comment').fill('Half a page')
    await page.getByRole('button', { name: 'Comment' }).click()
    await giveName(page, 'Bob')
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Half a page')

    await page.context().clearCookies({ name: 'polldock' })
    await page.goto('/')
    await signIn(page, 'Cleo')
    await page.goto(`/?q=${encodeURIComponent(poll.title)}`)
    await page.context().clearCookies({ name: 'polldock' })
    await voteButton(page, 'Soup').click()
    await giveName(page, 'Cleo')
    await expect(page.getByText('You voted')).toBeVisible()
    await page.goto(poll.url)
    await expect(myVote(page)).toContainText('Soup')
    await expectOptions(page, [/0 votes/, /1 vote/])
  })

  test('a form while the server cannot be reached', async ({ page, guest, provoke }) => {
    provoke(/net::ERR_INTERNET_DISCONNECTED/, /TypeError: Failed to fetch/)
    const poll = await (await guest('Ada')).createPoll({ title: 'In a tunnel' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await field(page, 'Add a comment').fill('Half a page')
    await page.context().setOffline(true)
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(notice(page).filter({ hasText: 'The server could not be reached.' })).toBeInViewport()
    await expect(field(page, 'Add a comment')).toHaveValue('Half a page')
    await page.context().setOffline(false)
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(page.getByRole('region', { name: 'Comments 1' })).toContainText('Half a page')
    await expect(notice(page)).toHaveCount(0)
  })

  test('a form while the server fails shows the id of the error', async ({ page, guest, provoke }) => {
    provoke(failedLoad(503))
    const poll = await (await guest('Ada')).createPoll({ title: 'On a busy day' })
    await signIn(page, 'Bob')
    await page.goto(poll.url)
    await field(page, 'Add a comment').fill('Half a page')
    const [explanation, request] = ['Too much is going on.', 'quote this request: abc123']
    const body = `<div class="fault" id="error-page"><p class="explanation">${explanation}</p><p class="request-id">${request}</p></div>`
    await page.route('**/comments', (route) => route.fulfill({ status: 503, contentType: 'text/html', body }))
    await page.getByRole('button', { name: 'Comment' }).click()
    await expect(notice(page)).toHaveText(`${explanation} ${request}`)
    await expect(field(page, 'Add a comment')).toHaveValue('Half a page')
  })
})
