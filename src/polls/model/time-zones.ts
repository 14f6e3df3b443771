import { Temporal } from 'temporal-polyfill'

/** A date as `2026-12-24` and a time as `18:00`, as a clock in some zone shows them. */
export type ClockTime = { day: string; time: string }

/**
 * Whether times can be read in this zone: any name of the IANA database, old or new, as browsers differ in which they
 * give, and any offset from UTC such as `+05:30`.
 */
export function isTimeZone(name: string): boolean {
  if (abbreviations.has(name.toUpperCase())) return false
  try {
    const { timeZone } = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions()
    return timeZone !== '' && epoch.toZonedDateTimeISO(name).timeZoneId !== ''
  } catch {
    return false
  }
}

const epoch = Temporal.Instant.fromEpochMilliseconds(0)

/**
 * What `Intl` takes as well in Node.js, from times before the IANA database. People mean different zones by them: BST is
 * Bangladesh here.
 */
const abbreviations = new Set(
  'ACT AET AGT ART AST BET BST CAT CNT CST CTT EAT ECT IET IST JST MIT NET NST PLT PNT PRT PST SST VST'.split(' '),
)

/**
 * The instant at which a clock in the zone shows this; undefined for what no clock shows, such as 30 February or 25:00.
 * Of a time that clocks skip when they are put forward, it is the same time later by what they skip; of one that they
 * show twice, it is the second. So nothing takes effect before it was meant.
 *
 * @throws {RangeError} when there is no such zone (see `isTimeZone`)
 */
export function instantOf({ day, time }: ClockTime, zone: string): Temporal.Instant | undefined {
  const clock = clockOf(`${day}T${time}`)
  return clock?.toZonedDateTime(zone, { disambiguation: 'later' }).toInstant()
}

/** Whether clocks in the zone skip this time. */
export function isSkipped({ day, time }: ClockTime, zone: string): boolean {
  const clock = clockOf(`${day}T${time}`)
  return clock !== undefined && !clock.equals(clock.toZonedDateTime(zone).toPlainDateTime())
}

/** What a clock in the zone shows at this instant, to the minute. */
export function clockAt(instant: Temporal.Instant, zone: string): ClockTime {
  const at = instant.toZonedDateTimeISO(zone)
  return { day: at.toPlainDate().toString(), time: at.toPlainTime().toString({ smallestUnit: 'minute' }) }
}

/** When a clock in one zone shows what a clock in the other shows at this instant. @param iso ISO 8601, with an offset */
export function sameClock(iso: string, from: string, to: string): Temporal.Instant {
  const clock = Temporal.Instant.from(iso).toZonedDateTimeISO(from).toPlainDateTime()
  return clock.toZonedDateTime(to, { disambiguation: 'later' }).toInstant()
}

function clockOf(text: string): Temporal.PlainDateTime | undefined {
  try {
    return Temporal.PlainDateTime.from(text)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

/** Zones that JavaScript lists by their first names (Unicode never changes an id), with their names in the IANA database. */
const currentNames: Record<string, string> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Catamarca': 'America/Argentina/Catamarca',
  'America/Coral_Harbour': 'America/Atikokan',
  'America/Cordoba': 'America/Argentina/Cordoba',
  'America/Godthab': 'America/Nuuk',
  'America/Indianapolis': 'America/Indiana/Indianapolis',
  'America/Jujuy': 'America/Argentina/Jujuy',
  'America/Louisville': 'America/Kentucky/Louisville',
  'America/Mendoza': 'America/Argentina/Mendoza',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
  'Pacific/Enderbury': 'Pacific/Kanton',
  'Pacific/Ponape': 'Pacific/Pohnpei',
  'Pacific/Truk': 'Pacific/Chuuk',
}

/** Zones to choose from, by their current names. */
export const timeZones: readonly string[] = [
  ...new Set([
    'UTC',
    ...Intl.supportedValuesOf('timeZone')
      .map((name) => currentNames[name] ?? name)
      .toSorted(),
  ]),
]
