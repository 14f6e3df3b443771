import { beforeEach, describe, expect, test } from 'vitest'
import { buildApp } from '../../../src/app.ts'
import { newPollId } from '../../../src/polls/model/ids.ts'
import { makeServices } from '../../../src/services.ts'
import { testSecret } from '../../support/app.ts'
import { closedAtEnd } from '../../support/at-end.ts'
import { castVote } from '../../support/cast-vote.ts'
import { second } from '../../support/clock.ts'
import { FlowdockActions, link, openActionsApp } from '../../support/flowdock-actions.ts'
import { picks } from '../../support/picks.ts'
import { createPerson, createPoll, expectConsistent } from '../../support/polls.ts'

const problemType = 'application/problem+json; charset=utf-8'

let actions: FlowdockActions

const testApp = await closedAtEnd(openActionsApp())

beforeEach(async () => {
  actions = await FlowdockActions.begin(testApp)
})

describe('an action', () => {
  test('votes, changes the vote, and withdraws it', async () => {
    expect(await actions.pick(actions.ballot(0))).toMatchObject({
      statusCode: 200,
      json: { message: 'You voted for Pizza.' },
    })
    expect(await actions.votes()).toEqual([1, 0, 0])
    expect((await actions.pick(actions.ballot(0))).json).toEqual({ message: 'You voted for Pizza.' })
    expect((await actions.pick(actions.ballot(1))).json).toEqual({
      message: 'You changed your vote from Pizza to Sushi.',
    })
    expect(await actions.votes()).toEqual([0, 1, 0])
    expect((await actions.pick(`${actions.poll.id}/no-ballot`)).json).toEqual({
      message: 'Your vote for Sushi is withdrawn.',
    })
    expect((await actions.pick(`${actions.poll.id}/no-ballot`)).json).toEqual({
      message: 'You have no vote in this poll.',
    })
    expect(await actions.votes()).toEqual([0, 0, 0])
    await expectConsistent(testApp.database, actions.poll.id)
  })

  test('of a multiple choice chooses and withdraws one option', async () => {
    const { services, database } = testApp
    actions.poll = await createPoll(services.ballotBox, await createPerson(database), {
      method: 'multiple_choice',
      maxChoices: 2,
    })
    const off = (option: number) => actions.ballot(option).replace('/ballot/', '/off-ballot/')
    const messages = []
    for (const place of [actions.ballot(1), actions.ballot(0), actions.ballot(0), off(1), off(1), off(0)])
      messages.push((await actions.pick(place)).json.message)
    expect(messages).toEqual([
      'You voted for Sushi.',
      'Your vote is now Pizza and Sushi.',
      'You voted for Pizza and Sushi.',
      'Your vote is now Pizza.',
      'You have no vote for Sushi.',
      'Your vote for Pizza is withdrawn.',
    ])
    for (const option of [0, 1]) await actions.pick(actions.ballot(option))
    expect(await actions.pick(actions.ballot(2))).toMatchObject({
      statusCode: 422,
      json: { detail: 'Choose at most 2 options: withdraw one before you choose another.' },
    })
    expect(await actions.votes()).toEqual([1, 1, 0])
    await expectConsistent(database, actions.poll.id)
  })

  test('counts for a person on the voter list, and is refused for others', async () => {
    const { services, database } = testApp
    const creator = await createPerson(database)
    actions.poll = await createPoll(services.ballotBox, creator, { roll: ['Mona', 'Nils'] })
    expect(await actions.pick(actions.ballot(0))).toMatchObject({
      statusCode: 403,
      json: { detail: expect.stringContaining(`${actions.ann.name} is not on it`) },
    })
    actions.poll = await createPoll(services.ballotBox, creator, { roll: [actions.ann.name, 'Nils'] })
    expect((await actions.pick(actions.ballot(0))).json).toEqual({ message: 'You voted for Pizza.' })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('casts no anonymous vote, even when it is forged', async () => {
    const { services, database } = testApp
    actions.poll = await createPoll(services.ballotBox, await createPerson(database), { anonymous: true })
    expect(await actions.pick(actions.ballot(0))).toMatchObject({
      statusCode: 409,
      json: { detail: expect.stringContaining('Vote on its page') },
    })
    expect(await actions.votes()).toEqual([0, 0, 0])
    await expectConsistent(database, actions.poll.id)
  })

  test('of a ranking appends an option, and starts again', async () => {
    const { services, database } = testApp
    actions.poll = await createPoll(services.ballotBox, await createPerson(database), { method: 'ranked' })
    const messages = []
    for (const place of [2, 0, 2]) messages.push((await actions.pick(actions.ballot(place))).json.message)
    expect(messages).toEqual([
      'Your ranking is Falafel.',
      'Your ranking is Falafel and Pizza.',
      'Your ranking is Falafel and Pizza.',
    ])
    expect(await actions.votes()).toEqual([0, 0, 1])
    await expectConsistent(database, actions.poll.id)
    const again = `${actions.poll.id}/no-ballot`
    expect((await actions.pick(again)).json).toEqual({ message: 'Your ranking is withdrawn.' })
    expect((await actions.pick(again)).json).toEqual({ message: 'You have no vote in this poll.' })
    expect(await actions.votes()).toEqual([0, 0, 0])
    await expectConsistent(database, actions.poll.id)
  })

  test('of a poll of scores withdraws all points, and gives none', async () => {
    const { services, database } = testApp
    actions.poll = await createPoll(services.ballotBox, await createPerson(database), { method: 'score' })
    const choices = picks(...actions.poll.options.map(({ id }, place) => `${id}=${place}`))
    await services.ballotBox.submit({
      pollId: actions.poll.id,
      command: { by: actions.ann, type: 'castVote', choices },
    })
    expect(await actions.votes()).toEqual([0, 1, 2])
    expect(await actions.pick(actions.ballot(0))).toMatchObject({ statusCode: 422 })
    expect((await actions.pick(`${actions.poll.id}/no-ballot`)).json).toEqual({ message: 'Your points are withdrawn.' })
    expect(await actions.votes()).toEqual([0, 0, 0])
    await expectConsistent(database, actions.poll.id)
  })

  test('changes the ballot that the person has on the web', async () => {
    await testApp.services.ballotBox.submit({
      pollId: actions.poll.id,
      command: castVote(actions.poll, actions.ann, 2),
    })
    expect((await actions.pick(actions.ballot(0))).json).toEqual({
      message: 'You changed your vote from Falafel to Pizza.',
    })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('closes and reopens the poll for its creator only', async () => {
    const forbidden = `Only the creator of this poll can close it.`
    expect(await actions.pick(`${actions.poll.id}/closed`)).toMatchObject({
      statusCode: 403,
      json: { detail: forbidden },
    })
    actions.poll = await createPoll(testApp.services.ballotBox, actions.ann)
    expect((await actions.pick(`${actions.poll.id}/closed`)).json).toEqual({ message: 'You closed the poll.' })
    expect((await actions.pick(`${actions.poll.id}/closed`)).json).toEqual({ message: 'The poll is closed already.' })
    expect((await actions.pick(`${actions.poll.id}/open`)).json).toEqual({ message: 'You reopened the poll.' })
    expect((await actions.pick(`${actions.poll.id}/open`)).json).toEqual({ message: 'The poll is open already.' })
  })

  test('says when the poll is closed, deleted, or unknown', async () => {
    await actions.creator('close')
    const detail = 'This poll is closed and takes no more votes. Its thread is being brought up to date.'
    expect(await actions.pick(actions.ballot(0))).toMatchObject({ statusCode: 409, json: { status: 409, detail } })
    expect(await actions.pick(`${actions.poll.id}/no-ballot?revision=2`)).toMatchObject({ statusCode: 409 })
    await actions.creator('delete')
    expect(await actions.pick(actions.ballot(0))).toMatchObject({ statusCode: 410 })
    expect(await actions.pick(`${newPollId()}/closed`)).toMatchObject({ statusCode: 404 })
    expect(await actions.pick(`${'%00'.repeat(16)}/closed`)).toMatchObject({ statusCode: 404 })
  })

  test('says when the option has another name than the thread showed', async () => {
    const { id: pollId, createdBy: by, options } = actions.poll
    const command = { type: 'renameOption', optionId: options[0]?.id ?? '', title: 'Calzone', by } as const
    await testApp.services.ballotBox.submit({ pollId, command })
    const { statusCode, json } = await actions.pick(actions.ballot(0))
    expect([statusCode, json.detail]).toEqual([
      409,
      'An option was renamed meanwhile: it is “Calzone” now. Your vote was not counted. Check it, and vote again. Its thread is being brought up to date.',
    ])
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test('says when the question differs from the one that the thread showed', async () => {
    const { id: pollId, createdBy: by } = actions.poll
    await testApp.services.ballotBox.submit({ pollId, command: { type: 'edit', title: 'Where to eat dinner?', by } })
    const { statusCode, json } = await actions.pick(actions.ballot(0))
    expect([statusCode, json.detail]).toEqual([
      409,
      'The question was changed meanwhile: it is “Where to eat dinner?” now. Your vote was not counted. Check it, and vote again. Its thread is being brought up to date.',
    ])
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test.each([['aaaaaaaaaaaa'], ['%00'], ['%F0%9F%8D%95'], ['__proto__'], ['very long', 'x'.repeat(500)]])(
    'for a missing option says so: %s',
    async (name, option = name) => {
      const { statusCode, json } = await actions.pick(`${actions.poll.id}/ballot/${option}?revision=1`)
      expect([statusCode, json.detail]).toEqual([410, 'This poll has no such option any more.'])
      expect(await actions.votes()).toEqual([0, 0, 0])
    },
  )

  test.each(['', '?revision=', '?revision=-1', '?revision=1&revision=2', '?revision=99999999999999', '?revision=x'])(
    'is performed at any revision: %j',
    async (query) => {
      expect(await actions.pick(actions.ballot(0).replace(/\?.*/, query))).toMatchObject({ statusCode: 200 })
    },
  )

  test.each([
    ['PUT', 'ballot/x'],
    ['GET', 'closed'],
    ['POST', 'ballot'],
    ['POST', 'deleted'],
    ['POST', 'closed/now'],
  ] as const)('is unknown: %s %s', async (method, place) => {
    const sent = await actions.send(`${actions.poll.id}/${place}`, actions.tokenOf(), { method })
    expect([sent.statusCode, sent.headers['content-type']]).toEqual([404, problemType])
  })
})

describe('a token that is sent again', () => {
  test('gets the first response, and changes nothing', async () => {
    const token = actions.tokenOf()
    const first = await actions.send(actions.ballot(0), token)
    await actions.pick(actions.ballot(1))
    const again = await actions.send(actions.ballot(0), token)
    expect([again.statusCode, again.text]).toEqual([200, first.text])
    expect(await actions.votes()).toEqual([0, 1, 0])
  })

  test('gets the first refusal, although the poll is open by now', async () => {
    const token = actions.tokenOf()
    await actions.creator('close')
    const first = await actions.send(actions.ballot(0), token)
    await actions.creator('reopen')
    const again = await actions.send(actions.ballot(0), token)
    expect(again.statusCode).toBe(409)
    expect(again.json).toEqual({ ...first.json, requestId: again.headers['x-request-id'] })
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test.each([
    ['for another option', () => actions.ballot(1)],
    ['for another action', () => `${actions.poll.id}/no-ballot`],
  ])('%s is refused', async (_name, place) => {
    const token = actions.tokenOf()
    await actions.send(actions.ballot(0), token)
    expect(await actions.send(place(), token)).toMatchObject({ statusCode: 401 })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('for another poll is refused', async () => {
    const token = actions.tokenOf()
    await actions.send(actions.ballot(0), token)
    actions.poll = await createPoll(testApp.services.ballotBox, actions.ann)
    expect(await actions.send(actions.ballot(0), token)).toMatchObject({ statusCode: 401 })
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test('gets the first response, although the account belongs to another person by now', async () => {
    const token = actions.tokenOf()
    const first = await actions.send(actions.ballot(0), token)
    const { id: personId } = await createPerson(testApp.database)
    const where = { accountId: actions.account }
    await testApp.database.prisma.chatAccount.updateMany({ where, data: { personId } })
    const again = await actions.send(actions.ballot(0), token)
    expect([again.statusCode, again.text]).toEqual([200, first.text])
    expect(await actions.send(actions.ballot(1), token)).toMatchObject({ statusCode: 401 })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('gets the first response, although the account is unlinked by now', async () => {
    const token = actions.tokenOf()
    const first = await actions.send(actions.ballot(0), token)
    await testApp.database.prisma.chatAccount.deleteMany({ where: { accountId: actions.account } })
    const again = await actions.send(actions.ballot(0), token)
    expect([again.statusCode, again.text]).toEqual([200, first.text])
    const other = await actions.send(actions.ballot(1), token)
    expect([other.statusCode, other.headers['www-authenticate']]).toEqual([401, expect.not.stringContaining('url=')])
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('twenty times at the same instant, in two apps, votes once', async () => {
    const other = await buildApp(secondServices())
    const token = actions.tokenOf()
    const sent = Array.from({ length: 20 }, (_, n) =>
      actions.send(actions.ballot(0), token, { app: n % 2 ? other : testApp.app }),
    )
    const answers = await Promise.all(sent)
    expect(new Set(answers.map(({ statusCode, text }) => `${statusCode} ${text}`)).size).toBe(1)
    expect(answers[0]).toMatchObject({ statusCode: 200, json: { message: 'You voted for Pizza.' } })
    expect(await actions.votes()).toEqual([1, 0, 0])
    await expectConsistent(testApp.database, actions.poll.id)
    await other.close()
  })

  test('at the same instant for two options in two apps votes once', async () => {
    const other = await buildApp(secondServices())
    const token = actions.tokenOf()
    const both = [actions.send(actions.ballot(0), token), actions.send(actions.ballot(1), token, { app: other })]
    const statuses = (await Promise.all(both)).map(({ statusCode }) => statusCode)
    expect(statuses.sort()).toEqual([200, 401])
    expect((await actions.votes()).reduce((sum, count) => sum + count)).toBe(1)
    await other.close()
  })

  /** The services of another process on the same database. */
  function secondServices() {
    const { config, database, clock } = testApp.services
    return makeServices(config, [testSecret], database, clock)
  }
})

test('tokens with the same claims count as one, however their JSON is written', async () => {
  const claims = { jti: 'the very same' }
  expect(await actions.send(actions.ballot(0), actions.tokenOf({ claims }))).toMatchObject({ statusCode: 200 })
  await actions.pick(actions.ballot(1))
  const again = actions.tokenOf({ claims: { ...claims, iat: 1 }, header: { kid: 'x' } })
  expect((await actions.send(actions.ballot(0), again)).json).toEqual({ message: 'You voted for Pizza.' })
  expect(await actions.votes()).toEqual([0, 1, 0])
})

describe('of an unknown user', () => {
  beforeEach(() => {
    actions.account = `stranger-${actions.account}`
  })

  test('an action returns a link to sign in', async () => {
    const { statusCode, headers, json } = await actions.send(actions.ballot(), actions.tokenOf())
    expect([statusCode, json.detail]).toEqual([401, expect.stringContaining('does not know you yet')])
    expect(headers['www-authenticate']).toMatch(
      /^Flowdock-Token url=http:\/\/localhost:3300\/flowdock\/link\?claim=[\w.-]+$/,
    )
    expect(await actions.votes()).toEqual([0, 0, 0])
  })

  test('a token stays used after the person signs in', async () => {
    const token = actions.tokenOf()
    expect(await actions.send(actions.ballot(), token)).toMatchObject({ statusCode: 401 })
    await link(testApp, actions.account, actions.ann)
    expect(await actions.send(actions.ballot(), token)).toMatchObject({ statusCode: 401 })
    expect(await actions.votes()).toEqual([0, 0, 0])
    expect(await actions.pick(actions.ballot())).toMatchObject({ statusCode: 200 })
    await testApp.database.prisma.chatAccount.deleteMany({ where: { accountId: actions.account } })
    expect(await actions.pick(actions.ballot(1))).toMatchObject({ statusCode: 401 })
    expect(await actions.votes()).toEqual([1, 0, 0])
  })

  test('used tokens are stored until they expire', async () => {
    await testApp.database.prisma.spentToken.deleteMany()
    await actions.send(actions.ballot(), actions.tokenOf())
    const [spent] = await testApp.database.prisma.spentToken.findMany()
    const secondsLeft = ((spent?.expiresAt.getTime() ?? 0) - testApp.clock.now().getTime()) / second
    expect(Math.round(secondsLeft)).toBe(34)
  })
})

test('votes of one person count against their limit', async () => {
  const limited = await openActionsApp({ RATE_LIMIT: 'on', RATE_LIMIT_VOTE: '1' })
  const [one, another] = [await FlowdockActions.begin(limited), await FlowdockActions.begin(limited)]
  expect(await one.pick(one.ballot(0))).toMatchObject({ statusCode: 200 })
  const tooMany = { statusCode: 429, headers: { 'retry-after': '60', 'content-type': problemType } }
  expect(await one.pick(one.ballot(1))).toMatchObject(tooMany)
  expect(await another.pick(another.ballot(1))).toMatchObject({ statusCode: 200 })
  await limited.close()
})
