/** What Flowdock is called in the rows of accounts and connections. */
export const flowdockChat = 'flowdock'
