import { readFile } from 'node:fs/promises'
import { signIn } from './support/person.ts'
import { expect, test } from './support/test.ts'

test('a person downloads their data, and deletes it: their vote stays counted, without the name', async ({
  page,
  visitor,
  guest,
}) => {
  const ada = await signIn(page, 'Ada Unusual')
  const own = await ada.createPoll({ title: 'Only mine' })
  const voted = await ada.vote(await (await guest('Bob')).createPoll({ title: 'Of Bob' }), 'Soup')
  await ada.comment(voted, 'My secret plan')

  await page.goto('/me')
  const downloading = page.waitForEvent('download')
  await page.getByRole('link', { name: 'Download my data' }).click()
  const download = await downloading
  expect(download.suggestedFilename()).toBe('polldock-data.json')
  expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toMatchObject({
    person: { name: 'Ada Unusual' },
    polls: [{ id: own.id, title: 'Only mine' }],
    votes: [{ pollId: voted.id, choices: [voted.options[1]?.id] }],
    comments: [{ body: 'My secret plan' }],
  })

  await page.getByRole('link', { name: 'Delete my data' }).click()
  await page.getByRole('link', { name: 'Cancel' }).click()
  await page.getByRole('link', { name: 'Delete my data' }).click()
  await page.getByRole('button', { name: 'Delete my data' }).click()
  await expect(page.getByRole('status').filter({ hasText: 'Your data was deleted.' })).toBeVisible()
  await expect(page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'You' })).toBeVisible()

  const other = await visitor()
  await other.goto(voted.url)
  await expect(other.getByRole('region', { name: 'Activity' })).toContainText('somebody voted for Soup')
  await expect(other.getByRole('region', { name: 'Vote and results' })).toContainText('1 vote')
  expect(await other.content()).not.toMatch(/Unusual|secret plan/)
})
