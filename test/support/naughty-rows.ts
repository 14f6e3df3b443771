import type { PrismaClient } from '../../src/database/generated/client.ts'

/** Adds at least one row to every table, with values that are difficult to transfer. */
export async function fillEveryTable(prisma: PrismaClient): Promise<void> {
  const texts = [
    '',
    ' ',
    'null',
    'NULL',
    '\\N',
    '\\',
    '"',
    "'",
    '{"a"}',
    '{},\t\r\n\b\f',
    '\u2028\ufeff\uffff',
    '👩‍👩‍👧‍👦',
    '\x01\x7f',
    'é\u0301',
  ]
  const [ms, early, late] = ['2026-03-01T12:00:00.007Z', '0044-03-15T00:00:00.000Z', '9999-12-31T23:59:59.999Z'].map(
    (text) => new Date(text),
  )
  const at = ms as Date
  const bytes = Buffer.from(Array.from({ length: 256 }, (_, index) => index))
  const facts = { text: texts.join(''), number: 1e21, tiny: 5e-324, nested: [null, { '': [] }], truth: false }
  // Later people come first, so references do not follow the order of the rows.
  await prisma.person.createMany({
    data: [
      ...texts.map((name, place) => ({ id: `p${place}`, name, createdAt: [at, early, late][place % 3] as Date })),
      { id: 'ann', name: 'Ann', createdAt: at, renamedAt: late },
    ],
  })
  await prisma.person.create({
    data: { ...{ id: 'guest', name: 'Guest', createdAt: at }, mergedIntoId: 'ann', mergingSince: at },
  })
  await prisma.person.update({ where: { id: 'p0' }, data: { mergedIntoId: 'guest' } })
  await prisma.signInLink.create({ data: { personId: 'guest', tokenHash: bytes, createdAt: at } })
  await prisma.session.create({ data: { tokenHash: bytes, personId: 'ann', createdAt: at, expiresAt: at } })
  for (const id of ['t1', 't2']) {
    await prisma.apiToken.create({ data: { id, personId: 'ann', name: id, tokenHash: Buffer.from(id), createdAt: at } })
  }
  await prisma.poll.create({
    data: {
      ...{ id: 'poll', status: 'open', revision: 2_147_483_647, optionsOpen: true, totalVotes: 1, totalComments: 1 },
      ...{ createdById: 'ann', createdAt: at, lastActivityAt: at },
      text: { create: { title: texts.join(''), description: '\\"', category: null } },
    },
  })
  const inPoll = { pollId: 'poll' }
  await prisma.option.createMany({
    data: texts.map((title, place) => ({
      ...inPoll,
      id: `o${place}`,
      position: place,
      title,
      titleKey: title,
      votes: 0,
      addedById: 'ann',
    })),
  })
  await prisma.proposal.createMany({
    data: texts.map((title, place) => ({ ...inPoll, id: `s${place}`, position: place, title, proposedById: 'guest' })),
  })
  await prisma.rollEntry.createMany({
    data: [
      { ...inPoll, key: texts.join(''), position: 1, name: '"Ann"', personId: 'ann' },
      { ...inPoll, key: '', position: 2, name: 'null', personId: null },
    ],
  })
  await prisma.secretBallot.createMany({
    data: [
      { ...inPoll, lookup: texts.join(''), sealed: bytes, settled: false },
      { ...inPoll, lookup: 'settled', sealed: Buffer.alloc(0), settled: true },
    ],
  })
  await prisma.publishedBallot.create({ data: { ...inPoll, receiptHash: 'f00', choices: texts } })
  await prisma.ballot.createMany({
    data: [
      { ...inPoll, personId: 'ann', choices: texts, revision: 1 },
      { ...inPoll, personId: 'guest', choices: ['o1'], revision: 2 },
    ],
  })
  await prisma.event.create({ data: { ...inPoll, revision: 1, type: 'created', actorId: 'ann', at, facts } })
  await prisma.comment.create({ data: { ...inPoll, revision: 1, authorId: 'ann', at, body: 'x'.repeat(100_000) } })
  await prisma.opening.create({ data: { ...inPoll, personId: 'ann', at } })
  await prisma.commentOrigin.create({ data: { ...inPoll, chat: 'flowdock', message: texts.join('') } })
  await prisma.idempotencyKey.create({
    data: { owner: 'ann', key: 'k', fingerprint: 'f', answer: [facts], createdAt: at },
  })
  const account = { chat: 'flowdock', accountId: '1', personId: 'ann' }
  await prisma.chatAccount.create({ data: { ...account, name: 'Ann Other', sees: texts, linkedAt: at } })
  await prisma.unlinkedAccount.create({ data: account })
  await prisma.spentToken.create({ data: { tokenHash: Buffer.alloc(0), expiresAt: at } })
  await prisma.connection.create({
    data: {
      ...{ id: 'c', chat: 'flowdock', status: 'paused', name: 'C', roomName: 'R', externalId: '1', address: facts },
      ...{ categories: [], eventKinds: ['votes'], createdById: 'ann', createdAt: at, attempts: 0, errorShown: false },
    },
  })
  const mirrored = { ...inPoll, connectionId: 'c' }
  await prisma.mirror.create({ data: { ...mirrored, revision: 1 } })
  await prisma.rejection.create({ data: { ...mirrored, revision: 1, previous: 0, reason: '', at } })
  const pushed = { chat: 'irc', room: texts.join(''), sentAt: early as Date, receivedAt: at, place: 1 }
  await prisma.inboxMessage.createMany({
    data: [
      { ...pushed, id: texts.join(''), topic: '', content: JSON.stringify(facts) },
      { ...pushed, id: 'done', doneAt: late as Date },
    ],
  })
  await prisma.inboxState.create({
    data: { chat: 'irc', request: 2 ** 53, requestAt: at, missingSince: late as Date },
  })
  await prisma.pairing.create({
    data: { stateHash: bytes, browserHash: bytes, purpose: texts, createdAt: at, expiresAt: at },
  })
}
