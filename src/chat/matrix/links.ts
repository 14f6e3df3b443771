import type { MatrixConfig } from './config.ts'

/** Links that people open in their client. */
export type MatrixLinks = {
  room(id: string): string
  /** Where they write to the bot. */
  bot: string
  /** The first page of the sandbox, if the links lead there. */
  sandbox?: string
}

/** Links for the client of the reader's choice; those to the sandbox lead to its pages. */
export function matrixLinks({ bot, serverName }: MatrixConfig, sandboxUrl: URL | undefined): MatrixLinks {
  if (sandboxUrl) {
    const page = (path: string) => new URL(path, sandboxUrl).href
    return {
      room: (id) => page(`/app/matrix/rooms/${encodeURIComponent(id)}`),
      bot: page('/app/matrix/direct'),
      sandbox: page('/app/matrix'),
    }
  }
  const to = (id: string) => `https://matrix.to/#/${encodeURIComponent(id)}`
  return { room: (id) => `${to(id)}?via=${encodeURIComponent(serverName)}`, bot: to(bot) }
}
