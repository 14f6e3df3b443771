import fastifyPlugin from 'fastify-plugin'

const maxDepth = 100

/** Refuses deeply nested bodies: what walks through them later, such as `JSON.stringify`, runs out of stack. */
export const bodyDepth = fastifyPlugin(async (app) => {
  app.addHook('preValidation', async ({ body }) => {
    if (depthOver(maxDepth, body)) throw new TooDeep()
  })
})

class TooDeep extends Error {
  readonly statusCode = 400

  constructor() {
    super(`The body is nested more than ${maxDepth} levels deep.`)
  }
}

/** Level by level, without recursion. Files in a body have no levels. */
function depthOver(max: number, body: unknown): boolean {
  let level = [body].filter(isNested)
  for (let depth = 0; level.length > 0; depth++) {
    if (depth >= max) return true
    level = level.flatMap((value) => Object.values(value).filter(isNested))
  }
  return false
}

function isNested(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value))
}
