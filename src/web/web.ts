import type { FastifyInstance } from 'fastify'
import { assets } from '../server/assets.ts'
import type { Services } from '../services.ts'
import { accounts, signOut } from './accounts.ts'
import { connectionNew } from './connections/connection-new.ts'
import { connectionSecret } from './connections/connection-secret.ts'
import { connectionSettings } from './connections/connection-settings.ts'
import { connections } from './connections/connections.ts'
import { mirrors } from './connections/mirrors.ts'
import { openPolls } from './connections/open-polls.ts'
import { formAddresses } from './form-addresses.ts'
import { linksBrowser } from './links-browser.ts'
import { comment } from './manage/comment.ts'
import { optionRemoval } from './manage/option-removal.ts'
import { manageVotes } from './manage/votes.ts'
import { me, myPrivateLink } from './me.ts'
import { personalData } from './personal-data.ts'
import { activity } from './poll/activity.ts'
import { comments } from './poll/comments.ts'
import { calendar } from './poll/dates/calendar.ts'
import { lifecycle, remind, settle, share } from './poll/lifecycle.ts'
import { poll } from './poll/poll.ts'
import { PollFragments } from './poll/poll-fragments.ts'
import { publishedBallots } from './poll/published-ballots.ts'
import { stream } from './poll/stream.ts'
import { votes } from './poll/votes/votes.ts'
import { ballot } from './poll/voting/ballot.ts'
import { receipt } from './poll/voting/receipt.ts'
import { optionRename } from './poll-form/option-rename.ts'
import { options, proposals } from './poll-form/options.ts'
import { pollEdit } from './poll-form/poll-edit.ts'
import { pollNew } from './poll-form/poll-new.ts'
import { voterList } from './poll-form/voter-list.ts'
import { pollList } from './poll-list.ts'
import { preview } from './preview/preview.ts'
import { usePrivateLink } from './private-link.ts'

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
  await app.register(optionRemoval, face)
  await app.register(manageVotes, face)
  await app.register(proposals, face)
  await app.register(comments, face)
  await app.register(comment, face)
  await app.register(voterList, face)
  await app.register(lifecycle, face)
  await app.register(remind, face)
  await app.register(settle, face)
  await app.register(votes, face)
  await app.register(activity, face)
  await app.register(stream, face)
  await app.register(mirrors, face)
  await app.register(openPolls, face)
  await app.register(share, face)
  await app.register(preview, face)
  await app.register(calendar, face)
  await app.register(me, face)
  await app.register(myPrivateLink, face)
  await app.register(usePrivateLink, face)
  await app.register(personalData, face)
  await app.register(accounts, face)
  await app.register(signOut, face)
  await app.register(connections, face)
  await app.register(connectionSettings, face)
  await app.register(connectionSecret, face)
  await app.register(connectionNew, face)
  await app.register(formAddresses)
}
