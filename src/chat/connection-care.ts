import type { PrismaClient } from '../database/generated/client.ts'
import type { Means } from './deliver.ts'

/** From this failed attempt on in a row, the chat is asked to show that something is wrong. */
const attemptsToShow = 2

type Cared = {
  id: string
  chat: string
  credentials: string | null
  failingSince: Date | null
  attempts: number
  lastError: string | null
  errorShown: boolean
}

/**
 * Has the chat show that its connection fails, or that it does no more.
 *
 * @returns whether it shows what it should
 */
export async function showHealth(prisma: PrismaClient, means: Means, connection: Cared): Promise<boolean> {
  const isToShow = connection.failingSince !== null && connection.attempts >= attemptsToShow
  if (isToShow === connection.errorShown) return true
  const chat = means.chats.get(connection.chat)
  const credentials = connection.credentials && (await means.credentials.open(connection.credentials))
  if (!chat || !credentials) return false
  const text = isToShow ? `Polldock cannot post here at this moment, and goes on trying. ${connection.lastError}` : ''
  const isShown = await chat.showError(credentials, text)
  if (isShown) await prisma.connection.updateMany({ where: { id: connection.id }, data: { errorShown: isToShow } })
  return isShown
}
