import { request } from 'undici'
import { type ActionOutcome, type ApplicationResponse, outcomeOf } from './outcome.ts'
import type { SandboxSignedRequest } from './signed-request.ts'

/** Flowdock's own timeout is not documented. */
const defaultTimeoutMs = 10_000
/** The rest of a response is not read. */
const maxBytes = 16_384

/** Sends the request of an action. Never throws: an error is an outcome, too. */
export async function perform(
  { url, ...signed }: SandboxSignedRequest,
  timeoutMs = defaultTimeoutMs,
): Promise<ActionOutcome> {
  if (!isWebAddress(url)) return { kind: 'failed', message: 'The URL of the action is not an http or https URL.' }
  const signal = AbortSignal.timeout(timeoutMs)
  try {
    const { statusCode, headers, body } = await request(url, {
      ...signed,
      method: signed.method as 'POST',
      signal,
      // Only the signal limits the time.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
    const answer: Omit<ApplicationResponse, 'text'> = {
      status: statusCode,
      type: String(headers['content-type'] ?? ''),
      challenge: String(headers['www-authenticate'] ?? ''),
    }
    return outcomeOf({ ...answer, text: await readBeginning(body) })
  } catch (error) {
    const reason = signal.aborted ? `did not answer within ${timeoutMs / 1000} seconds` : connectionProblem(error)
    return { kind: 'failed', message: `The application ${reason}.` }
  }
}

function isWebAddress(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)
}

async function readBeginning(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    chunks.push(chunk)
    size += chunk.length
    if (size >= maxBytes) break
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString()
}

function connectionProblem(error: unknown): string {
  const { code } = error as { code?: string }
  return `could not be reached${code ? ` (${code})` : ''}`
}
