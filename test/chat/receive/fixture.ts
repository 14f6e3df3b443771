import { readFile } from 'node:fs/promises'
import { z } from 'zod'

/** A request of a chat as a file: which chat sends it, and what that chat's `receive.ts` reads besides. */
const fixture = z.looseObject({ chat: z.string().regex(/^[a-z][a-z0-9-]*$/, 'must be the key of a chat') })
export type Fixture = z.output<typeof fixture>

/** A request to Polldock, signed as the chat signs it. `url` is below the public URL. */
export type ChatRequest = { method: string; url: string; headers: Record<string, string>; body: string }

/** An error that the person at the command line can mend; the message is one line. */
export class ReceiveError extends Error {
  override readonly name = 'ReceiveError'
}

/**
 * Reads a fixture, and replaces its placeholders, such as `{poll}`. A fixture without placeholders is sent as it is.
 *
 * @param values by name; undefined when none were given
 * @throws {ReceiveError}
 */
export async function readFixture(path: string, values: () => Promise<Map<string, string>>): Promise<Fixture> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new ReceiveError(`The fixture cannot be read: ${error.message}`)
  })
  const filled = placeholder.test(text) ? fill(text, await values()) : text
  const { data, error } = fixture.safeParse(parsed(filled, path))
  if (error) throw new ReceiveError(`${path} is no fixture: ${problemsOf(error)}`)
  return data
}

/** What a chat's `receive.ts` does not find in a fixture. */
export function problemsOf(error: z.ZodError): string {
  return error.issues.map(({ path, message }) => `${path.join('.') || 'it'} ${message}`).join(', ')
}

const placeholder = /\{([a-z]\w*)\}/

function fill(text: string, values: Map<string, string>): string {
  return text.replace(new RegExp(placeholder, 'g'), (_whole, name: string) => {
    const value = values.get(name)
    if (value === undefined)
      throw new ReceiveError(`The poll has no {${name}}. It has ${[...values.keys()].join(', ')}.`)
    return value
  })
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ReceiveError(`${path} is not JSON: ${(error as Error).message}`)
  }
}
