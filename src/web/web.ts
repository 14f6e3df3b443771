import type { FastifyInstance } from 'fastify'
import type { Services } from '../services.ts'
import { assets } from '../views.ts'
import { accounts } from './accounts.ts'
import { activity } from './activity.ts'
import { ballot } from './ballot.ts'
import { calendar } from './calendar.ts'
import { comments } from './comments.ts'
import { connectionSettings } from './connection-settings.ts'
import { connections } from './connections.ts'
import { formAddresses } from './form-addresses.ts'
import { lifecycle } from './lifecycle.ts'
import { linksBrowser } from './links-browser.ts'
import { me } from './me.ts'
import { mirrors } from './mirrors.ts'
import { optionRename } from './option-rename.ts'
import { options } from './options.ts'
import { poll } from './poll.ts'
import { pollEdit } from './poll-edit.ts'
import { PollFragments } from './poll-fragments.ts'
import { pollList } from './poll-list.ts'
import { pollNew } from './poll-new.ts'
import { proposals } from './proposals.ts'
import { publishedBallots } from './published-ballots.ts'
import { receipt } from './receipt.ts'
import { share } from './share.ts'
import { signOut } from './sign-out.ts'
import { stream } from './stream.ts'
import { voterList } from './voter-list.ts'

/** What the routes of this face work with. */
export type WebOptions = { services: Services; fragments: PollFragments }

/** The HTML face: pages and forms, whole without JavaScript. */
export async function web(app: FastifyInstance, { services }: { services: Services }): Promise<void> {
  const face = { services, fragments: new PollFragments(app, services) }
  await app.register(linksBrowser)
  await app.register(assets)
  await app.register(pollList, face)
  await app.register(pollNew, face)
  await app.register(pollEdit, face)
  await app.register(poll, face)
  await app.register(ballot, face)
  await app.register(receipt, face)
  await app.register(publishedBallots, face)
  await app.register(options, face)
  await app.register(optionRename, face)
  await app.register(proposals, face)
  await app.register(comments, face)
  await app.register(voterList, face)
  await app.register(lifecycle, face)
  await app.register(activity, face)
  await app.register(stream, face)
  await app.register(mirrors, face)
  await app.register(share, face)
  await app.register(calendar, face)
  await app.register(me, face)
  await app.register(accounts, face)
  await app.register(signOut, face)
  await app.register(connections, face)
  await app.register(connectionSettings, face)
  await app.register(formAddresses)
}
