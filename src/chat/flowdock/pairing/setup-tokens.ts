import { parseTokens, type ReadTokens } from '../reading/tokens.ts'

/** The access token of a person who connects a flow, and the tokens to read the flow later. */
export type SetupTokens = { accessToken: string; readTokens: ReadTokens | undefined }

/** As one text, in which form the sign-in's state keeps them, encrypted, until the person confirms. */
export const setupTokens = {
  store: ({ accessToken, readTokens }: SetupTokens): string => (readTokens ? JSON.stringify(readTokens) : accessToken),

  parse(stored: string): SetupTokens {
    const readTokens = parseTokens(stored)
    return { accessToken: readTokens?.accessToken ?? stored, readTokens }
  },
}
