// A Polldock in a separate process that tests kill. It gets its configuration as a message, and answers with its URL.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { buildApp } from '../../src/app.ts'
import { readConfig } from '../../src/config.ts'
import { startJobs } from '../../src/jobs/jobs.ts'
import { openServices } from '../../src/services.ts'
import type { DeliveringTask } from './delivering.ts'

const [{ variables, timing }] = (await once(process, 'message')) as [DeliveringTask]
const { services } = await openServices({ ...readConfig(variables), timing })
const app = await buildApp(services)
await startJobs(services, app.log)
await app.listen({ host: '127.0.0.1', port: 0 })
process.send?.(`http://127.0.0.1:${(app.server.address() as AddressInfo).port}`)
