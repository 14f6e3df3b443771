import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Refusal } from '../errors.ts'
import { listed } from '../polls/model/phrases.ts'
import { refusalOfNewcomer, type WithoutAuthor } from '../polls/rules/newcomer.ts'
import type { Newcomers } from '../server/pages/forms.ts'
import { unnamedPlaces } from './connections/mirrors-model.ts'
import { type PollParams, viewPoll } from './poll/poll.ts'
import type { PageServices, WebOptions } from './web-options.ts'

type PollRequest = FastifyRequest<PollParams>

/**
 * For the forms of a poll: where others will see a newcomer's name.
 *
 * @param what they sent, as in "your vote"
 * @param refuse answers a form that cannot succeed, before the name is asked for
 */
export function newcomersTo(
  web: WebOptions<PageServices>,
  what: string,
  refuse?: (request: PollRequest, reply: FastifyReply) => Promise<unknown>,
): Newcomers {
  return {
    what,
    refuse: async (request, reply) => refuse?.(request as PollRequest, reply),
    nameIsSeen: async (request) => {
      const { poll, mirrors } = await viewPoll(web, request as PollRequest)
      const unnamed = unnamedPlaces(mirrors, web.services.chats)
      const where = unnamed.length > 0 ? `, ${listed.format(['here', ...unnamed.map((place) => `in ${place}`)])}` : ''
      if (!poll.anonymous) return `Others see the name with your votes and comments${where}.`
      return `Nobody sees who voted, or for what. Others see the name with your comments${where}.`
    },
  }
}

/** Why nobody who is new here can do this; undefined if it depends on the name. */
export async function refusalToNewcomer(
  web: WebOptions<PageServices>,
  request: PollRequest,
  command: WithoutAuthor,
): Promise<Refusal | undefined> {
  const { poll } = await viewPoll(web, request)
  return refusalOfNewcomer(poll, command, web.services.clock())
}
