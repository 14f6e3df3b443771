import { backup } from './backup.ts'
import type { ComposeDrill } from './compose-drill.ts'
import { privileges } from './privileges.ts'
import { databaseRestart, kill, restarts, scaling, upgrade } from './processes.ts'
import { replacedSecret } from './secret.ts'

/** In the order of running and reporting. They share one deployment. */
export const composeDrills: ComposeDrill[] = [
  kill,
  restarts,
  scaling,
  databaseRestart,
  upgrade,
  backup,
  replacedSecret,
  privileges,
]
