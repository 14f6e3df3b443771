import type { Connection, PrismaClient } from '../../database/generated/client.ts'
import type { DeliveryContext } from './context.ts'

/** The chat shows an error from this consecutive failed attempt on. */
const attemptsToShow = 2

type Cared = Pick<
  Connection,
  'id' | 'chat' | 'status' | 'statusReason' | 'credentials' | 'failingSince' | 'attempts' | 'lastError' | 'errorShown'
>

/**
 * Shows in the chat that its connection fails or is paused, or clears the error.
 *
 * @returns whether the chat shows the right state
 */
export async function showHealth(
  prisma: PrismaClient,
  context: DeliveryContext,
  connection: Cared,
  signal: AbortSignal,
): Promise<boolean> {
  const text = errorToShow(connection)
  return text === undefined || show(prisma, context, connection, text, signal)
}

/** Clears the error of a connection that is about to end. */
export async function clearError(
  prisma: PrismaClient,
  context: DeliveryContext,
  connection: Cared,
  signal: AbortSignal,
) {
  if (connection.errorShown) await show(prisma, context, connection, '', signal)
}

/** The text to show, empty to clear it. Undefined when the chat shows the right state already. */
function errorToShow(connection: Cared): string | undefined {
  const { status, statusReason, failingSince, attempts, lastError, errorShown } = connection
  const isPausedByItself = status === 'paused' && statusReason !== null
  if (isPausedByItself && errorShown) return `Polldock posts nothing here until a person resumes it. ${statusReason}`
  const isToShow = status === 'active' && failingSince !== null && attempts >= attemptsToShow
  if (isToShow === errorShown) return undefined
  return isToShow ? `Polldock cannot post here now. It keeps trying. ${lastError}` : ''
}

async function show(
  prisma: PrismaClient,
  context: DeliveryContext,
  connection: Cared,
  text: string,
  signal: AbortSignal,
) {
  const chat = context.chats.get(connection.chat)
  const credentials = connection.credentials && (await context.credentials.open(connection.credentials))
  if (!chat || !credentials) return false
  const isShown = chat.showError ? await chat.showError(credentials, text, signal) : true
  const data = { errorShown: text !== '' }
  if (isShown) await prisma.connection.updateMany({ where: { id: connection.id }, data })
  return isShown
}
