import { fileURLToPath } from 'node:url'

/** Compiled scripts are kept here from one process to the next, as `npm start` does. */
export const compileCache = {
  NODE_COMPILE_CACHE: fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url)),
}

/** Without it, V8 compiles the embedded database a second time, which pays off only in a process that runs for minutes. */
export const compileOnce = ['--liftoff-only']
