import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startAppService, type TestAppService } from '../support/app-service.ts'
import type { TestHomeserver } from '../support/matrix.ts'
import { freshlyShown, startJudge } from '../support/matrix-judge.ts'
import { MatrixPerson, newTransactionId, roomPath } from '../support/matrix-person.ts'

/** What an application service can rely on, at any homeserver: a real one, and the stand-in of the tests. */
export function conformance(name: string, open: (appServiceUrl: string) => Promise<TestHomeserver>): void {
  describe(name, () => {
    let appService: TestAppService
    let server: TestHomeserver
    let bot: MatrixPerson
    let ann: MatrixPerson
    /** A room for requests that are refused, and for events that no other test counts. */
    let shared: string

    beforeAll(async () => {
      appService = await startAppService()
      server = await open(appService.url)
      bot = server.appService()
      await register('polldock')
      ann = await server.person('Ann')
      shared = await room()
    })
    afterAll(async () => {
      await server?.close()
      await appService?.close()
    })

    const registering = (username: string) =>
      bot.call('POST', 'v3/register', { type: 'm.login.application_service', username, inhibit_login: true })
    const register = async (username: string) => expect((await registering(username)).status).toBe(200)
    const named = (own: MatrixPerson, displayname: string) =>
      own.call('PUT', `v3/profile/${own.userId}/displayname`, { displayname })

    /** A ghost that is registered, with a device. */
    async function ghost(localpart: string): Promise<MatrixPerson> {
      await register(localpart)
      const query = { user_id: server.userId(localpart) }
      await server.appService(query).do('PUT', 'v3/devices/POLLDOCK', {})
      return server.appService({ ...query, device_id: 'POLLDOCK' })
    }

    /** A room of Ann's that the bot is in. */
    async function room(body: Record<string, unknown> = {}): Promise<string> {
      const id = await ann.createRoom({ name: 'Lunch', invite: [bot.userId], ...body })
      await bot.join(id)
      return id
    }

    const text = (body: unknown, more = {}) => ({ msgtype: 'm.text', body, ...more })
    const sending = (own: MatrixPerson, id: string, content: unknown, txn = newTransactionId(), query = '') =>
      own.call('PUT', `${roomPath(id)}/send/m.room.message/${txn}${query}`, content)
    const bodies = async (own: MatrixPerson, id: string) =>
      (await own.messages(id)).filter(({ type }) => type === 'm.room.message').map(({ content }) => content.body)

    describe('accounts', () => {
      test('a token says who it speaks for', async () => {
        expect(await bot.do('GET', 'v3/account/whoami')).toEqual({ user_id: bot.userId, is_guest: false })
        expect(await ann.do('GET', 'v3/account/whoami')).toMatchObject({ user_id: ann.userId, is_guest: false })
      })

      test('an unknown token and a missing one are 401', async () => {
        const unknown = await new MatrixPerson(server.url, { userId: '', token: 'nobody' }).call(
          'GET',
          'v3/account/whoami',
        )
        expect(unknown).toMatchObject({ status: 401, body: { errcode: 'M_UNKNOWN_TOKEN' } })
        const missing = await fetch(`${server.url}/_matrix/client/v3/account/whoami`)
        expect([missing.status, await missing.json()]).toMatchObject([401, { errcode: 'M_MISSING_TOKEN' }])
      })

      test('the bot has a name', async () => {
        expect((await named(bot, 'Polldock')).status).toBe(200)
        expect(await ann.do('GET', `v3/profile/${bot.userId}`)).toMatchObject({ displayname: 'Polldock' })
      })

      test('a user is registered once, and only in the namespace', async () => {
        await register('polldock_once')
        expect(await registering('polldock_once')).toMatchObject({ status: 400, body: { errcode: 'M_USER_IN_USE' } })
        expect(await registering('polldocks')).toMatchObject({ status: 400, body: { errcode: 'M_EXCLUSIVE' } })
      })

      test('the application service speaks only as its registered users', async () => {
        const as = (userId: string) => server.appService({ user_id: userId }).call('GET', 'v3/account/whoami')
        const nobody = await as(server.userId('polldock_nobody'))
        expect(nobody).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
        expect(nobody.body.error).toContain('has not registered this user')
        expect((await as(ann.userId)).body.error).toContain('cannot masquerade as this user')
      })

      test('a device has to exist, and to come with its user', async () => {
        await register('polldock_device')
        const userId = server.userId('polldock_device')
        const put = () => server.appService({ user_id: userId }).call('PUT', 'v3/devices/POLLDOCK', {})
        expect([(await put()).status, (await put()).status]).toEqual([201, 200])
        const as = (query: Record<string, string>) => server.appService(query).call('GET', 'v3/account/whoami')
        expect((await as({ user_id: userId, device_id: 'POLLDOCK' })).body).toMatchObject({ device_id: 'POLLDOCK' })
        const unknown = await as({ user_id: userId, device_id: 'OTHER' })
        expect(unknown).toMatchObject({ status: 400, body: { errcode: 'M_UNKNOWN_DEVICE' } })
        expect((await as({ device_id: 'POLLDOCK' })).status).toBe(500)
      })

      test('a name has at most 256 characters, and is a member event in each room', async () => {
        const own = await ghost('polldock_named')
        const id = await room()
        await bot.invite(id, own.userId)
        await own.join(id)
        expect((await named(own, 'x'.repeat(257))).status).toBe(400)
        expect((await named(own, 'Bea')).status).toBe(200)
        await expect.poll(() => ann.state(id, 'm.room.member', own.userId)).toMatchObject({ displayname: 'Bea' })
      })

      test("nobody changes another user's name", async () => {
        const path = `v3/profile/${ann.userId}/displayname`
        expect((await bot.call('PUT', path, { displayname: 'x' })).status).toBeGreaterThanOrEqual(400)
      })
    })

    describe('sending', () => {
      test('a message arrives as it was sent', async () => {
        const id = shared
        const html = { format: 'org.matrix.custom.html', formatted_body: '<b>Hi</b><script>1</script>' }
        const event = await bot.event(id, await bot.say(id, 'Hi', html))
        expect(event).toMatchObject({ type: 'm.room.message', sender: bot.userId, content: text('Hi', html) })
        expect(await ann.event(id, event.event_id)).toMatchObject({ sender: bot.userId, content: text('Hi', html) })
      })

      test('a message needs a type and a body', async () => {
        expect((await sending(bot, shared, { body: 'x' })).body).toMatchObject({
          errcode: 'M_UNKNOWN',
          error: "'msgtype' not in content",
        })
        expect((await sending(bot, shared, { msgtype: 'm.text' })).body).toMatchObject({
          error: "'body' not in content",
        })
      })

      test.each([
        ['no JSON', 'hello', 'M_NOT_JSON'],
        ['an empty body', '', 'M_NOT_JSON'],
        ['no object', '[]', 'M_BAD_JSON'],
        ['a fraction', '{"msgtype":"m.text","body":"x","a":{"b":[1.5]}}', 'M_BAD_JSON'],
        ['too large a number', '{"msgtype":"m.text","body":"x","a":9007199254740993}', 'M_BAD_JSON'],
      ])('%s is refused', async (_what, body, errcode) => {
        const answer = await sending(bot, shared, body)
        expect(answer).toMatchObject({ status: 400, body: { errcode } })
      })

      test('half of a surrogate pair is 500 every time', async () => {
        const half = '{"msgtype":"m.text","body":"\\ud83d"}'
        const [first, again] = [await sending(bot, shared, half, 'half'), await sending(bot, shared, half, 'half')]
        expect([first.status, again.status]).toEqual([500, 500])
        expect((await sending(bot, shared, text('a\0b'))).status).toBe(200)
      })

      test.each([
        ['64,000 letters', 'x'.repeat(64_000), 200],
        ['65,500 letters', 'x'.repeat(65_500), 413],
        ['32,000 umlauts', 'ä'.repeat(32_000), 200],
        ['33,000 umlauts', 'ä'.repeat(33_000), 413],
        ['33,000 line breaks', '\n'.repeat(33_000), 413],
      ])('the size of an event counts in bytes: %s', async (_what, body, status) => {
        const answer = await sending(bot, shared, text(body))
        expect(answer.status).toBe(status)
        expect(answer.body.errcode).toBe(status === 200 ? undefined : 'M_TOO_LARGE')
      })

      test('only the application service sets the time, and the order stays', async () => {
        const id = await room()
        await bot.say(id, 'first')
        const past = await sending(bot, id, text('past'), newTransactionId(), '?ts=1000')
        const person = await sending(ann, id, text('person'), newTransactionId(), '?ts=1000')
        expect((await bot.event(id, String(past.body.event_id))).origin_server_ts).toBe(1_000)
        expect((await bot.event(id, String(person.body.event_id))).origin_server_ts).toBeGreaterThan(1e12)
        expect(await bodies(bot, id)).toEqual(['first', 'past', 'person'])
        const status = async (ts: string) => (await sending(bot, id, text('x'), newTransactionId(), `?ts=${ts}`)).status
        expect([await status('soon'), await status('-1'), await status('9007199254740993')]).toEqual([400, 400, 400])
      })

      test('who is not in the room cannot send, nor into a room that does not exist', async () => {
        const id = await ann.createRoom({ invite: [bot.userId] })
        for (const one of [id, '!unknown:chat.test']) {
          const answer = await sending(bot, one, text('x'))
          expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
          expect(answer.body.error).toContain('not in room')
        }
      })

      test('a room can be muted', async () => {
        const id = await room({ power_level_content_override: { events_default: 50 } })
        const answer = await sending(bot, id, text('x'))
        expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
        expect(answer.body.error).toContain(
          "You don't have permission to post that to the room. user_level (0) < send_level (50)",
        )
      })

      test('state needs power', async () => {
        const id = await room()
        const name = (own: MatrixPerson) => own.call('PUT', `${roomPath(id)}/state/m.room.name`, { name: 'Dinner' })
        expect([(await name(bot)).status, (await name(ann)).status]).toEqual([403, 200])
        expect(await bot.state(id, 'm.room.name')).toEqual({ name: 'Dinner' })
        expect(await bot.call('GET', `${roomPath(id)}/state/m.room.tombstone`)).toMatchObject({
          ...{ status: 404, body: { errcode: 'M_NOT_FOUND' } },
        })
      })
    })

    describe('transaction ids', () => {
      test('the same id again is the same event, also with other content', async () => {
        const id = await room()
        const first = await sending(bot, id, text('one'), 'same')
        const again = await sending(bot, id, text('two'), 'same')
        expect([first.status, again.status, again.body]).toEqual([200, 200, first.body])
        expect(await bodies(bot, id)).toEqual(['one'])
      })

      test('in another room, or for another type, it is another event', async () => {
        const [one, two] = [await room(), await room()]
        const ids = [
          await bot.send(one, 'm.room.message', text('x'), 'shared'),
          await bot.send(two, 'm.room.message', text('x'), 'shared'),
          await bot.send(one, 'org.example.other', {}, 'shared'),
        ]
        expect(new Set(ids).size).toBe(3)
      })

      test('it is shared by all users of the application service: the second one is lost', async () => {
        const id = await room()
        const [bea, cem] = [await ghost('polldock_bea'), await ghost('polldock_cem')]
        for (const one of [bea, cem]) {
          await bot.invite(id, one.userId)
          await one.join(id)
        }
        const first = await sending(bea, id, text('Bea'), 'vote')
        const second = await sending(cem, id, text('Cem'), 'vote')
        expect([second.status, second.body]).toEqual([200, first.body])
        expect(await bodies(bot, id)).toEqual(['Bea'])
      })

      test('a failed request is not remembered', async () => {
        expect((await sending(bot, shared, { msgtype: 'm.text' }, 'later')).status).toBe(400)
        expect((await sending(bot, shared, text('now'), 'later')).status).toBe(200)
      })
    })

    describe('relations', () => {
      const relate = (rel_type: string, event_id: string, more = {}) => ({
        'm.relates_to': { rel_type, event_id, ...more },
      })

      test('a relation to an unknown event is refused', async () => {
        const answer = await sending(bot, shared, text('x', relate('m.reference', '$unknown')))
        expect(answer).toMatchObject({
          status: 400,
          body: { errcode: 'M_UNKNOWN', error: "Can't send relation to unknown event" },
        })
      })

      test('a thread begins at an event without a relation', async () => {
        const id = shared
        const root = await bot.say(id, 'root')
        const reply = await ann.reply(id, root, 'reply')
        const answer = await sending(bot, id, text('x', relate('m.thread', reply)))
        expect(answer.body.error).toBe('Cannot start threads from an event with a relation')
        expect((await bot.event(id, root)).unsigned).toMatchObject({ 'm.relations': { 'm.thread': { count: 1 } } })
      })

      test('an edit is in the original, whose content stays', async () => {
        const id = shared
        const original = await bot.say(id, 'old')
        await bot.edit(id, original, 'new')
        await ann.edit(id, original, 'by Ann')
        const { content, unsigned } = await ann.event(id, original)
        expect(content.body).toBe('old')
        expect(unsigned).toMatchObject({ 'm.relations': { 'm.replace': { content: { body: '* new' } } } })
      })

      test('of two edits, the later time counts', async () => {
        const id = shared
        const original = await bot.say(id, 'old')
        const edit = (body: string, ts: number) =>
          sending(
            bot,
            id,
            text(`* ${body}`, { 'm.new_content': text(body), ...relate('m.replace', original) }),
            newTransactionId(),
            `?ts=${ts}`,
          )
        await edit('late', 2_000)
        await edit('early', 1_000)
        expect((await ann.event(id, original)).unsigned).toMatchObject({
          'm.relations': { 'm.replace': { content: { body: '* late' } } },
        })
      })

      test('a reaction is set once by each user, and again when it was redacted', async () => {
        const id = shared
        const event = await bot.say(id, 'x')
        const reaction = await ann.react(id, event, '👍')
        const again = () =>
          ann.call(
            'PUT',
            `${roomPath(id)}/send/m.reaction/${newTransactionId()}`,
            relate('m.annotation', event, { key: '👍' }),
          )
        expect(await again()).toMatchObject({ status: 400, body: { errcode: 'M_DUPLICATE_ANNOTATION' } })
        expect((await bot.event(id, event)).unsigned?.['m.relations']).toBeUndefined()
        expect((await bot.relations(id, event)).map(({ event_id }) => event_id)).toEqual([reaction])
        await ann.redact(id, reaction)
        expect(await bot.relations(id, event)).toEqual([])
        expect((await again()).status).toBe(200)
      })

      test('the events that refer to another one come newest first, five at a time', async () => {
        const id = shared
        const event = await bot.say(id, 'x')
        const sent: string[] = []
        for (let index = 0; index < 7; index++)
          sent.push(await ann.send(id, 'org.example.vote', relate('m.reference', event)))
        const path = `${roomPath(id, 'v1')}/relations/${encodeURIComponent(event)}/m.reference`
        type Page = { chunk: { event_id: string }[]; next_batch?: string }
        const first = await bot.do<Page>('GET', path)
        const second = await bot.do<Page>('GET', `${path}?from=${first.next_batch}`)
        expect([first.chunk.length, second.chunk.length, second.next_batch]).toEqual([5, 2, undefined])
        expect([...first.chunk, ...second.chunk].map((one) => one.event_id)).toEqual(sent.toReversed())
        const references = { 'm.reference': { chunk: sent.map((event_id) => ({ event_id })) } }
        expect((await bot.event(id, event)).unsigned).toMatchObject({ 'm.relations': references })
      })
    })

    describe('redactions', () => {
      test('one empties an event for good', async () => {
        const id = shared
        const event = await bot.say(id, 'secret')
        const redaction = await bot.redact(id, event)
        const { content, unsigned } = await ann.event(id, event)
        expect(content).toEqual({})
        expect(unsigned).toMatchObject({ redacted_because: { event_id: redaction } })
        await bot.redact(id, event)
        expect(await appService.received(redaction)).toMatchObject({
          ...{ type: 'm.room.redaction', redacts: event, content: { redacts: event } },
        })
      })

      test('an unknown event is not found', async () => {
        const path = `${roomPath(shared)}/redact/${encodeURIComponent('$unknown')}/${newTransactionId()}`
        expect(await bot.call('PUT', path, {})).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
      })

      test("another one's event takes power", async () => {
        const id = shared
        const [own, foreign] = [await bot.say(id, 'x'), await ann.say(id, 'y')]
        const answer = await bot.call(
          'PUT',
          `${roomPath(id)}/redact/${encodeURIComponent(foreign)}/${newTransactionId()}`,
          {},
        )
        expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
        await ann.redact(id, own)
        expect((await bot.event(id, own)).content).toEqual({})
      })

      test('the edits of a redacted event keep their text', async () => {
        const id = shared
        const event = await bot.say(id, 'old')
        const edit = await bot.edit(id, event, 'new')
        await bot.redact(id, event)
        expect((await ann.event(id, edit)).content).toMatchObject({ body: '* new' })
      })
    })

    describe('rooms and their members', () => {
      test('an invitation is pushed with what the room is called', async () => {
        const id = await ann.createRoom({ name: 'Lunch', invite: [bot.userId] })
        const isInvite = (event: { type: string; room_id: string }) =>
          event.type === 'm.room.member' && event.room_id === id
        await expect.poll(() => appService.events().filter(isInvite)).toHaveLength(1)
        const [invite] = appService.events().filter(isInvite)
        expect(invite).toMatchObject({ sender: ann.userId, state_key: bot.userId, content: { membership: 'invite' } })
        expect(invite?.unsigned?.invite_room_state).toContainEqual(
          expect.objectContaining({ type: 'm.room.name', state_key: '', content: { name: 'Lunch' } }),
        )
      })

      test('nobody joins a private room without an invitation', async () => {
        const id = await ann.createRoom()
        expect(await bot.call('POST', `v3/join/${encodeURIComponent(id)}`, {})).toMatchObject({
          ...{ status: 403, body: { errcode: 'M_FORBIDDEN' } },
        })
        const open = await ann.createRoom({ preset: 'public_chat' })
        await bot.join(open)
        await bot.join(open)
        expect(Object.keys(await joined(bot, open)).sort()).toEqual([ann.userId, bot.userId].sort())
      })

      test('what was before the bot joined can be read', async () => {
        const id = await ann.createRoom({ invite: [bot.userId] })
        await ann.say(id, 'before')
        await bot.join(id)
        expect(await bodies(bot, id)).toEqual(['before'])
      })

      test('after a kick nothing can be sent, and what came before can still be read', async () => {
        const id = await room()
        await ann.say(id, 'before')
        await ann.kick(id, bot.userId)
        await ann.say(id, 'after')
        expect((await sending(bot, id, text('x'))).status).toBe(403)
        expect((await bot.call('POST', `v3/join/${encodeURIComponent(id)}`, {})).status).toBe(403)
        expect(await bodies(bot, id)).toEqual(['before'])
        expect(await bot.state(id, 'm.room.member', bot.userId)).toMatchObject({ membership: 'leave' })
      })

      test('a ban forbids to join, even by invitation', async () => {
        const id = await room()
        await ann.ban(id, bot.userId)
        expect((await bot.call('POST', `v3/join/${encodeURIComponent(id)}`, {})).status).toBe(403)
        expect((await ann.call('POST', `${roomPath(id)}/invite`, { user_id: bot.userId })).status).toBe(403)
      })

      test('inviting twice is fine, unless the user has joined', async () => {
        const id = await ann.createRoom()
        await ann.invite(id, bot.userId)
        await ann.invite(id, bot.userId)
        await bot.join(id)
        expect((await ann.call('POST', `${roomPath(id)}/invite`, { user_id: bot.userId })).status).toBe(403)
      })

      test('inviting can take power', async () => {
        const id = await room({ power_level_content_override: { invite: 50 } })
        const bea = await ghost('polldock_uninvited')
        const answer = await bot.call('POST', `${roomPath(id)}/invite`, { user_id: bea.userId })
        expect(answer).toMatchObject({ status: 403, body: { error: "You don't have permission to invite users" } })
      })

      test('the last that is pushed of a room is that the bot is out', async () => {
        const id = await room()
        await ann.kick(id, bot.userId)
        await ann.say(id, 'unseen')
        const other = await room()
        await appService.received(await ann.say(other, 'seen'))
        const last = appService.events().findLast(({ room_id }) => room_id === id)
        expect(last).toMatchObject({ type: 'm.room.member', state_key: bot.userId, content: { membership: 'leave' } })
      })

      test('a direct room can have three members', async () => {
        const id = await bot.createRoom({ is_direct: true, preset: 'trusted_private_chat', invite: [ann.userId] })
        const ben = await server.person('Ben')
        await ann.join(id)
        await ann.invite(id, ben.userId)
        await ben.join(id)
        expect(Object.keys(await joined(bot, id))).toHaveLength(3)
      })

      test('a new room has version 12: its id names no server, and its creator is in no list', async () => {
        const [newer, older] = [await room(), await room({ room_version: '11' })]
        expect(await bot.state(newer, 'm.room.create')).toMatchObject({ room_version: '12' })
        expect(newer).not.toContain(':')
        expect(older.endsWith(':chat.test')).toBe(true)
        expect(await bot.state(newer, 'm.room.power_levels')).toMatchObject({ users: {} })
        expect(await bot.state(older, 'm.room.power_levels')).toMatchObject({ users: { [ann.userId]: 100 } })
        const levels = { ...(await bot.state(newer, 'm.room.power_levels')), users: { [ann.userId]: 100 } }
        expect((await ann.call('PUT', `${roomPath(newer)}/state/m.room.power_levels`, levels)).status).toBe(400)
      })

      test('an upgraded room is muted, and names the new one, in which the bot is not', async () => {
        const id = await room()
        const { replacement_room: next } = await ann.do('POST', `${roomPath(id)}/upgrade`, { new_version: '12' })
        expect(await bot.state(id, 'm.room.tombstone')).toMatchObject({ replacement_room: next })
        expect((await sending(bot, id, text('x'))).body.error).toContain('user_level (0) < send_level (50)')
        expect((await sending(bot, String(next), text('x'))).body.error).toContain('not in room')
      })

      test('an encrypted room takes plain text', async () => {
        const encryption = { type: 'm.room.encryption', content: { algorithm: 'm.megolm.v1.aes-sha2' } }
        const id = await room({ initial_state: [encryption] })
        expect(await bot.state(id, 'm.room.encryption')).toMatchObject(encryption.content)
        await bot.say(id, 'plain')
        expect(await bodies(ann, id)).toEqual(['plain'])
      })

      async function joined(own: MatrixPerson, id: string): Promise<object> {
        return (await own.do<{ joined: object }>('GET', `${roomPath(id)}/joined_members`)).joined
      }
    })

    describe('reading', () => {
      type Page = { chunk: { event_id: string }[]; start: string; end?: string }

      test('history comes in pages, backward and forward', async () => {
        const id = await room()
        const sent: string[] = []
        for (let index = 0; index < 5; index++) sent.push(await ann.say(id, String(index)))
        const page = (query: string) => bot.do<Page>('GET', `${roomPath(id)}/messages?${query}`)
        const ids = ({ chunk }: Page) => chunk.map(({ event_id }) => event_id)
        const newest = await page('dir=b&limit=2')
        expect(ids(newest)).toEqual([sent[4], sent[3]])
        const older = await page(`dir=b&limit=2&from=${newest.end}`)
        expect(ids(older)).toEqual([sent[2], sent[1]])
        const around = await bot.do<{ end: string }>(
          'GET',
          `${roomPath(id)}/context/${encodeURIComponent(sent[2] ?? '')}?limit=0`,
        )
        expect(ids(await page(`dir=f&from=${around.end}`))).toEqual([sent[3], sent[4]])
      })

      test('who was never in a room reads nothing of it', async () => {
        const id = await ann.createRoom({ invite: [bot.userId] })
        for (const path of ['messages?dir=b', 'state']) {
          expect((await bot.call('GET', `${roomPath(id)}/${path}`)).status).toBe(403)
        }
        expect((await bot.call('GET', `${roomPath(id)}/event/$unknown`)).status).toBeGreaterThanOrEqual(403)
      })

      test('an unknown event is 404', async () => {
        const answer = await bot.call('GET', `${roomPath(shared)}/event/$unknown`)
        expect(answer).toMatchObject({ status: 404, body: { errcode: 'M_NOT_FOUND' } })
      })

      test('a path that does not exist is 404', async () => {
        expect(await bot.call('GET', 'v3/nothing')).toMatchObject({ status: 404, body: { errcode: 'M_UNRECOGNIZED' } })
      })

      test('the bot cannot sync, and a person can', async () => {
        expect((await bot.call('GET', 'v3/sync')).status).toBe(500)
        const id = await room()
        type Sync = {
          next_batch: string
          rooms?: { join?: Record<string, { timeline: { events: { content: object }[] } }> }
        }
        const first = await ann.do<Sync>('GET', 'v3/sync')
        await bot.say(id, 'news')
        const next = await ann.do<Sync>('GET', `v3/sync?timeout=10000&since=${first.next_batch}`)
        expect(next.rooms?.join?.[id]?.timeline.events.map(({ content }) => content)).toEqual([text('news')])
      })
    })

    describe('what clients show', () => {
      test('a message with its newest edit and its reactions', async () => {
        const id = await room()
        const judge = await startJudge(ann)
        const event = await bot.say(id, 'old')
        await bot.edit(id, event, 'newer')
        await bot.edit(id, event, 'newest')
        for (const own of [ann, bot]) await own.react(id, event, '👍')
        await ann.react(id, event, '👎')
        await ann.redact(id, await bot.say(id, 'secret'))
        const reply = await ann.reply(id, event, 'reply')
        const messages = [
          { id: event, body: 'newest', isEdited: true, reactions: { '👍': 2, '👎': 1 } },
          { id: reply, body: 'reply', isEdited: false, thread: event, reactions: {} },
        ]
        await expect.poll(() => judge.shows(id)).toMatchObject({ messages })
        expect(await freshlyShown(ann, id)).toMatchObject({ messages })
        judge.close()
      })

      test('the votes of a poll: the last of each sender, none that is spoiled, none after the end', async () => {
        const id = await room()
        const ghosts: MatrixPerson[] = []
        for (const name of ['changing', 'withdrawing', 'spoiling', 'late']) {
          const own = await ghost(`polldock_${name}`)
          await bot.invite(id, own.userId)
          await own.join(id)
          ghosts.push(own)
        }
        const judge = await startJudge(ann)
        const poll = await bot.startPoll(id, 'Lunch?', ['Pizza', 'Soup'])
        const at = Date.now()
        const relation = { 'm.relates_to': { rel_type: 'm.reference', event_id: poll } }
        const send = (own: MatrixPerson | undefined, type: string, content: object, ms: number) => {
          const path = `${roomPath(id)}/send/${type}/${newTransactionId()}?ts=${at + ms}`
          return own?.do('PUT', path, { [type]: content, ...relation })
        }
        const vote = (own: MatrixPerson | undefined, answers: string[], ms: number) =>
          send(own, 'org.matrix.msc3381.poll.response', { answers }, ms)
        const [changing, withdrawing, spoiling, late] = ghosts
        for (const ms of [1, 2, 3, 4, 5]) await vote(changing, [ms % 2 ? 'Pizza' : 'Soup'], ms)
        for (const own of [withdrawing, spoiling]) await vote(own, ['Pizza'], 1)
        await vote(withdrawing, [], 2)
        await vote(spoiling, ['Curry'], 2)
        const polls = [{ id: poll, question: 'Lunch?', isEnded: false, counts: { Pizza: 1, Soup: 0 } }]
        await expect.poll(() => judge.shows(id)).toMatchObject({ polls })
        expect(await freshlyShown(ann, id)).toMatchObject({ polls })

        await send(bot, 'org.matrix.msc3381.poll.end', {}, 6)
        await vote(late, ['Soup'], 7)
        const ended = [{ ...polls[0], isEnded: true }]
        await expect.poll(() => judge.shows(id)).toMatchObject({ polls: ended })
        expect(await freshlyShown(ann, id)).toMatchObject({ polls: ended })
        judge.close()
      })
    })

    describe('pushing', () => {
      test('events come in order, our own too, with our token', async () => {
        const id = shared
        const sent = [
          await ann.say(id, 'one'),
          await bot.say(id, 'two'),
          await ann.react(id, await ann.say(id, 'three'), '👍'),
        ]
        await appService.received(sent[2] ?? '')
        const order = appService.events().map(({ event_id }) => event_id)
        expect(order.filter((one) => sent.includes(one))).toEqual(sent)
        const token = `Bearer ${server.registration.hs_token}`
        expect(new Set(appService.transactions.map(({ authorization }) => authorization))).toEqual(new Set([token]))
      })

      test('a room without the bot is not pushed, with a ghost it is', async () => {
        const id = await ann.createRoom()
        const unseen = await ann.say(id, 'unseen')
        const own = await ghost('polldock_listener')
        await ann.invite(id, own.userId)
        await own.join(id)
        await appService.received(await ann.say(id, 'seen'))
        expect(appService.events().some(({ event_id }) => event_id === unseen)).toBe(false)
      })

      test('what we did not take comes again, and all else after it, in order', async () => {
        const id = shared
        await appService.received(await ann.say(id, 'before'))
        appService.answer(503)
        const from = appService.transactions.length
        const sent: string[] = []
        for (let index = 0; index < 5; index++) sent.push(await ann.say(id, String(index)))
        await expect.poll(() => appService.transactions.length).toBeGreaterThan(from)
        appService.answer(200)
        await bot.do('POST', `v1/appservice/${server.registration.id}/ping`, { transaction_id: 'back' })
        await appService.received(sent[4] ?? '')
        expect(appService.pings).toContain('back')
        const [failed, ...later] = appService.transactions.slice(from)
        const repeat = later.find((one) => one.id === failed?.id)
        const eventIds = (one: typeof failed) => one?.events.map(({ event_id }) => event_id)
        expect(eventIds(repeat)).toEqual(eventIds(failed))
        const order = appService.events().map(({ event_id }) => event_id)
        expect(order.filter((one) => sent.includes(one))).toEqual(sent)
      })

      test('an event that was redacted meanwhile comes empty', async () => {
        const id = shared
        await appService.received(await ann.say(id, 'before'))
        appService.answer(503)
        const from = appService.transactions.length
        await ann.say(id, 'fails')
        await expect.poll(() => appService.transactions.length).toBeGreaterThan(from)
        const secret = await ann.say(id, 'secret')
        await ann.redact(id, secret)
        appService.answer(200)
        await bot.do('POST', `v1/appservice/${server.registration.id}/ping`, {})
        expect((await appService.received(secret)).content).toEqual({})
      })

      test('only the own application service is pinged', async () => {
        const answer = await bot.call('POST', 'v1/appservice/other/ping', {})
        expect(answer).toMatchObject({ status: 403, body: { errcode: 'M_FORBIDDEN' } })
      })
    })

    describe('limits', () => {
      test('a person has to wait after ten messages', async () => {
        const eve = await server.person('Eve', { isLimited: true })
        const id = await ann.createRoom({ invite: [eve.userId] })
        await eve.join(id)
        for (let index = 0; index < 20; index++) {
          const { status, body, headers } = await sending(eve, id, text('x'))
          if (status === 200) continue
          expect([status, body.errcode]).toEqual([429, 'M_LIMIT_EXCEEDED'])
          expect(body.retry_after_ms).toBeGreaterThan(0)
          expect(Number(headers.get('retry-after'))).toBe(Math.ceil(Number(body.retry_after_ms) / 1_000))
          return
        }
        expect.fail('nobody had to wait')
      })

      test('the bot and its ghosts do not have to wait', async () => {
        const id = shared
        const statuses = await Promise.all(
          Array.from({ length: 30 }, (_, index) => sending(bot, id, text(String(index)))),
        )
        expect(new Set(statuses.map(({ status }) => status))).toEqual(new Set([200]))
      })
    })

    describe('a restart', () => {
      test('forgets transaction ids of the application service, unless it names a device, and begins its own again', async () => {
        const id = await room()
        const own = await ghost('polldock_durable')
        await bot.invite(id, own.userId)
        await own.join(id)
        const bySender = async () => [
          (await sending(bot, id, text('bot'), 'kept')).body.event_id,
          (await sending(own, id, text('ghost'), 'kept-too')).body.event_id,
          (await sending(ann, id, text('person'), 'kept-three')).body.event_id,
        ]
        const before = await bySender()
        await appService.received(String(before[2]))
        const last = Number(appService.transactions.at(-1)?.id)
        // Our answer has to reach the homeserver.
        await sleep(100)
        await server.restart()
        const after = await bySender()
        expect(after[0]).not.toBe(before[0])
        expect(after.slice(1)).toEqual(before.slice(1))
        await appService.received(String(after[0]))
        expect(Number(appService.transactions.at(-1)?.id)).toBeLessThan(last)
      })

      test('loses what waits behind a transaction that nobody answered', async () => {
        const id = await room()
        await appService.received(await ann.say(id, 'before'))
        appService.answer('hang')
        const from = appService.transactions.length
        const first = await ann.say(id, 'under way')
        await expect.poll(() => appService.transactions.length).toBeGreaterThan(from)
        const lost = [await ann.say(id, 'lost'), await ann.say(id, 'lost too')]
        await server.restart()
        appService.answer(200)
        await appService.received(await ann.say(id, 'after'))
        const came = appService.events().map(({ event_id }) => event_id)
        expect([first, ...lost].map((one) => came.includes(one))).toEqual([true, false, false])
        expect((await bot.messages(id)).map(({ event_id }) => event_id)).toEqual(expect.arrayContaining(lost))
      })
    })
  })
}
