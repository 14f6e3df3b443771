/** The most points that an option can be given in a poll of scores; the least are none. */
export const highestScore = 5

/** The option that a choice names; in a poll of scores it says its points as well, as in `h7k2m9x4q3vd=4`. */
export function optionOf(choice: string): string {
  return choice.split('=', 1)[0] ?? ''
}

/** The points that a choice gives; NaN where it says none. */
export function scoreOf(choice: string): number {
  return /^[^=]+=\d$/.test(choice) ? Number(choice.at(-1)) : Number.NaN
}

/** What somebody says of a date. */
export const availabilities = ['yes', 'if_need_be', 'no'] as const
export type Availability = (typeof availabilities)[number]

/** What a choice says of a date, as in `h7k2m9x4q3vd=if_need_be`; undefined where it says nothing. */
export function availabilityOf(choice: string): Availability | undefined {
  const said = /^[^=]+=(\w+)$/.exec(choice)?.[1]
  return availabilities.find((one) => one === said)
}

/** What a choice says beside which option, in words: points, or whether somebody can; empty where it says nothing. */
export function gradeOf(choice: string): string {
  return choice.slice(optionOf(choice).length + 1).replaceAll('_', ' ')
}
