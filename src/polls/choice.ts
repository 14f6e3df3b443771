/** The most points that an option can be given in a poll of scores; the least are none. */
export const highestScore = 5

/** The option that a choice names, which in a poll of scores says its points as well: `h7k2m9x4q3vd=4`. */
export function optionOf(choice: string): string {
  return choice.split('=', 1)[0] ?? ''
}

/** The points that a choice gives; NaN where it says none. */
export function scoreOf(choice: string): number {
  return /^[^=]+=\d$/.test(choice) ? Number(choice.at(-1)) : Number.NaN
}
