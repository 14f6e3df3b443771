import type { World } from '../world.ts'
import type { Access } from './access.ts'
import type { Streams } from './streams.ts'

/** What the routes of the API share. */
export type ApiParts = { world: World; access: Access; streams: Streams }
