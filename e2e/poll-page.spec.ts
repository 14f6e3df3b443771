import { signIn } from './support/person.ts'
import { castButton, choice, expectOptions, myVote } from './support/poll-page.ts'
import { expect, test } from './support/test.ts'

test('the link is copied, and the QR code leads to it', async ({ page, guest }) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  const poll = await (await guest('Ada')).createPoll({ title: 'Pass it on' })
  await page.goto(poll.url)
  await page.getByRole('button', { name: 'Copy link' }).click()
  await expect(page.getByRole('button', { name: 'Copied' })).toBeVisible()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(poll.url)
  await expect(page.getByRole('button', { name: 'Copy link' })).toBeVisible()

  await page.getByText('QR code').click()
  const code = page.getByRole('img', { name: 'QR code of the link to this poll' })
  await expect(code).toBeVisible()
  await expect.poll(() => code.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBeGreaterThan(0)
})

test('a wrong or missing slug leads to the right address', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Où manger demain?' })
  for (const path of [`/polls/${poll.id}`, `/polls/something-else-${poll.id}`]) {
    await page.goto(path)
    await expect(page).toHaveURL(poll.url)
    await expect(page).toHaveURL(/\/polls\/ou-manger-demain-/)
  }
})

test('times are relative, with the exact time on hover', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'When?' })
  await page.goto(poll.url)
  const time = page.getByRole('time').first()
  await expect(time).toHaveText('just now')
  await expect(time).toHaveAttribute('datetime', poll.createdAt)
  await expect(time).toHaveAttribute('title', new RegExp(String(new Date().getFullYear())))
})

test('activity and comments continue on further pages', async ({ page, guest }) => {
  const ada = await guest('Ada')
  const poll = await ada.createPoll({ title: 'Busy' })
  for (let number = 1; number <= 41; number++) await ada.comment(poll, `Comment no. ${number}.`)
  await page.goto(poll.url)
  await expect(page.getByRole('region', { name: 'Comments 41' }).getByRole('listitem')).toHaveCount(20)
  await expect(page.getByRole('region', { name: 'Activity' }).getByRole('listitem')).toHaveCount(20)

  await page.getByRole('link', { name: 'All activity' }).click()
  const items = page.getByRole('main').getByRole('listitem')
  await expect(items).toHaveCount(20)
  await page.getByRole('link', { name: 'Older activity' }).click()
  await page.getByRole('link', { name: 'Older activity' }).click()
  await expect(items).toContainText(['Ada commented', 'Ada created the poll'])
  await expect(page.getByRole('link', { name: 'Older activity' })).toHaveCount(0)
  await page.getByRole('link', { name: 'Back to the poll' }).click()

  await page.getByRole('link', { name: 'All comments' }).click()
  await expect(items.first()).toContainText('Comment no. 41.')
  await page.getByRole('link', { name: 'Older comments' }).click()
  await expect(items.first()).toContainText('Comment no. 21.')
  await page.getByRole('link', { name: 'Older comments' }).click()
  await expect(items).toContainText(['Comment no. 1.'])
  await expect(page.getByRole('link', { name: 'Older comments' })).toHaveCount(0)
})

test('a newcomer who clicks twice votes once', async ({ page, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Twice' })
  await page.goto(poll.url)
  await choice(page, 'Soup').check()
  await castButton(page).dblclick()
  await page.getByLabel('Your name').fill('Bob')
  await page.getByRole('button', { name: 'Continue' }).dblclick()
  await expectOptions(page, [/0% 0 votes/, /100% 1 vote/])
  await expect(page.getByText('Bob voted for Soup')).toHaveCount(1)
})

test('the page has an icon', async ({ page }) => {
  await page.goto('/')
  const icon = await page.locator('link[rel=icon]').getAttribute('href')
  const answer = await page.request.get(icon ?? '')
  expect(answer.headers()['content-type']).toContain('image/svg+xml')
  expect(answer.headers()['cache-control']).toContain('immutable')
})

test('a vote keeps the scroll position of the page', async ({ page, guest }) => {
  const options = Array.from({ length: 30 }, (_, index) => `Option no. ${index + 1}.`)
  const poll = await (await guest('Ada')).createPoll({ title: 'Long', options })
  await signIn(page, 'Bob')
  await page.goto(poll.url)
  await choice(page, 'Option no. 25.').check()
  const before = await page.evaluate(() => scrollY)
  expect(before).toBeGreaterThan(200)
  await castButton(page).click()
  await expect(myVote(page)).toContainText('Option no. 25.')
  expect(Math.abs((await page.evaluate(() => scrollY)) - before)).toBeLessThan(60)
})

test('the creator closes, archives and reopens without leaving the page', async ({ page }) => {
  const ada = await signIn(page, 'Ada')
  const poll = await ada.createPoll({ title: 'Stay here' })
  await page.goto(poll.url)
  await page.evaluate(() => Object.assign(window, { sameDocument: true }))
  const comment = page.getByRole('textbox', { name: 'Add a comment' })
  await comment.fill('Half a sentence')
  const step = (name: string) => page.getByRole('button', { name, exact: true })
  await step('Close the poll').click()
  await expect(page.locator('#creator')).toBeFocused()
  await step('Archive').click()
  await expect(step('Unarchive')).toBeVisible()
  await step('Reopen the poll').click()
  await expect(step('Close the poll')).toBeVisible()
  await expect(comment).toHaveValue('Half a sentence')
  expect(await page.evaluate(() => 'sameDocument' in window)).toBe(true)
})

test('markup in any text is text', async ({ page }) => {
  const evil = '<script>document.title = "evil"</script><img src=x onerror="document.title = 1">'
  const ada = await signIn(page, '<b>Ada</b>')
  const poll = await ada.createPoll({ title: evil, description: evil, options: [evil, '</li><h1>Two</h1>'] })
  await ada.comment(poll, evil)
  await ada.vote(poll, evil)
  await page.goto(poll.url)
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(evil)
  await expectOptions(page, [evil, '</li><h1>Two</h1>'])
  await expect(page).toHaveTitle(`${evil} · Polldock`)
  for (const path of ['/', '/me', `/polls/${poll.id}/edit`, `/polls/${poll.id}/activity`]) {
    await page.goto(path)
    await expect(page.getByText('<b>Ada</b>').first()).toBeVisible()
    await expect(page).toHaveTitle(/Polldock$/)
  }
})

test('without JavaScript the page has no button that needs it', async ({ visitor, guest }) => {
  const poll = await (await guest('Ada')).createPoll({ title: 'Plain' })
  const page = await visitor({ javaScriptEnabled: false })
  await page.goto(poll.url)
  await expect(page.getByRole('button', { name: 'Copy link' })).toBeHidden()
  await expect(page.getByLabel('Link to this poll')).toHaveValue(poll.url)
  await page.getByText('QR code').click()
  await expect(page.getByRole('img', { name: 'QR code' })).toBeVisible()
})
