import { loading, type Measured, measure, type Subject } from '../measure.ts'
import { formPost, strangersPost } from '../requests.ts'
import { cpu, figure, marked, rate, type Section } from '../section.ts'
import type { BenchSite } from '../site.ts'
import { byForm, votes } from '../voting.ts'

export const shares: Section = {
  key: 'f',
  title: 'Where the time of a vote goes',
  columns: ['database', 'what is done', 'per second', 'server CPU ms', 'more than before', 'database CPU ms'],
  rows: async (site, scale) => table(site, await measure(site, subjects(site), scale)),
  note:
    'The same form is sent to routes that do more and more of what a vote does. Processor time per request; the ' +
    'embedded database works in the server’s process, so its time is part of the server’s.',
}

const fields = { choice: 'h7k2m9x4q3vd' }

function subjects(site: BenchSite): Subject[] {
  const { csrf, port, barePort } = site
  const posting = (name: string, to: number, target: string): Subject => ({
    name,
    run: (seconds) => site.load.run(loading(site, { ports: [to], targets: [target], seconds })),
  })
  return [
    posting('HTTP: a bare Fastify reads the form', barePort, strangersPost('/ballot', csrf, fields)),
    posting('+ the app’s plugins: headers, cookies', port, strangersPost('/limits/unchecked', csrf, fields)),
    posting('+ the session, looked up in the database', port, formPost('/limits/unchecked', csrf, fields)),
    posting('+ the CSRF token and the limits: the no-op', port, formPost('/limits/ballot', csrf, fields)),
    votes(site, '+ the ballot box: a vote', byForm, 1),
  ]
}

function table(site: BenchSite, results: Map<string, Measured>): string[][] {
  let before = 0
  return [...results].map(([name, measured]) => {
    const [server = '', database = ''] = cpu(site, measured)
    const more = measured.serverCpu - before
    before = measured.serverCpu
    return [site.database, marked(name, measured), rate(measured.perSecond), server, figure(more), database]
  })
}
