import type { Measured, Rounds } from './measure.ts'
import type { BenchSite } from './site.ts'

export type Scale = Rounds & { sizes: number[]; viewers: number }

/** A table of the report, to which every site adds rows. */
export type Section = {
  /** The name of a row, with a mark for doubtful numbers. */
  key: string
  title: string
  columns: string[]
  rows(site: BenchSite, scale: Scale): Promise<string[][]>
  /** A note that explains the table. */
  note: string
}

export function rate(perSecond: number): string {
  return Math.round(perSecond).toLocaleString('en')
}

/** Formats a number with at most three digits. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value >= 100 ? Math.round(value).toLocaleString('en') : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export function goal(shown: string, isMet: boolean): string {
  return isMet ? `${shown} ✓` : `**${shown} ✗**`
}

/** The name of a row, with what makes its numbers doubtful. */
export function marked(name: string, { errors, generatorBusy }: Measured): string {
  const limited = generatorBusy > 0.9 ? ' (limited by the load generator)' : ''
  return errors > 0 ? `**${name}: ${errors} ERRORS**` : name + limited
}

export function times(measured: Measured): string[] {
  return [figure(measured.p50), figure(measured.p99)]
}

/** Processor time of the server, and of a database with its own processes. */
export function cpu({ databaseUrl }: BenchSite, { serverCpu, databaseCpu }: Measured): string[] {
  return [figure(serverCpu), databaseUrl ? figure(databaseCpu) : 'in the server']
}
