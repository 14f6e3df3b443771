import { compose } from './compose/own-engine.ts'
import type { Drill } from './drill.ts'
import { abortedStreams } from './drills/aborted-streams.ts'
import { canary } from './drills/canary.ts'
import { clockSetBack } from './drills/clock-set-back.ts'
import { cutCommits } from './drills/cut-commits.ts'
import { databaseRestart } from './drills/database-restart.ts'
import { diskFull } from './drills/disk-full.ts'
import { flowdockDown } from './drills/flowdock-down.ts'
import { fullSandbox } from './drills/full-sandbox.ts'
import { hugeBodies } from './drills/huge-bodies.ts'
import { idleConnections } from './drills/idle-connections.ts'
import { largestInputs } from './drills/largest-inputs.ts'
import { matrixKilled, matrixPolldockKilled, matrixUnavailable, matrixVotes } from './drills/matrix.ts'
import { naughtyStrings } from './drills/naughty-strings.ts'
import { powerCut } from './drills/power-cut.ts'
import { proxies } from './drills/proxies.ts'
import { slowClients } from './drills/slow-clients.ts'
import { unreadStream } from './drills/unread-stream.ts'

/** In the order of running and reporting. */
export const drills: Drill[] = process.env.CANARY
  ? [canary]
  : [
      databaseRestart,
      cutCommits,
      diskFull,
      powerCut,
      flowdockDown,
      matrixVotes,
      matrixKilled,
      matrixPolldockKilled,
      matrixUnavailable,
      clockSetBack,
      slowClients,
      idleConnections,
      proxies,
      unreadStream,
      abortedStreams,
      hugeBodies,
      largestInputs,
      fullSandbox,
      naughtyStrings,
      compose,
    ]
