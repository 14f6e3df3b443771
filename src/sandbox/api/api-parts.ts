import type { World } from '../world.ts'
import type { Access } from './access.ts'
import type { Streams } from './streams.ts'

/** The services of the API's routes. */
export type ApiParts = { world: World; access: Access; streams: Streams }
