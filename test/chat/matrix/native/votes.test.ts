import { nativeVotes } from '../../../matrix/native-votes.ts'
import { openMatrixApp } from '../../../support/matrix-app.ts'

nativeVotes('the stand-in', async () => {
  const app = await openMatrixApp()
  return { app, server: app.server }
})
