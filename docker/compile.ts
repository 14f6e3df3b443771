// Starts Polldock with the embedded database, and stops it when it is ready: then Node writes what it compiled to NODE_COMPILE_CACHE.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const folder = await mkdtemp(join(tmpdir(), 'polldock-'))
const variables = {
  DATA_DIR: folder,
  DRAIN_SECONDS: '0',
  SANDBOX: 'off',
  SECRET: 'only to start once while the image is built',
}
const polldock = spawn(process.execPath, ['src/main.ts'], {
  env: { ...process.env, ...variables },
  stdio: ['ignore', 'pipe', 'inherit'],
  timeout: 120_000,
})
let printed = ''
polldock.stdout.on('data', (text) => {
  printed += text
  if (!polldock.killed && printed.includes('Polldock is ready')) polldock.kill()
})
const [code, signal] = await once(polldock, 'close')
await rm(folder, { recursive: true })
if (code !== 0) throw new Error(`Polldock ended with ${code ?? signal} instead of being ready:\n${printed}`)
