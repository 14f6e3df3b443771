/** The log of an app. */
export class Log {
  text = ''

  write(line: string): void {
    this.text += line
  }

  /** The lines from here on, of this level (40 is `warn`) or above, once `act` is done. */
  async during(act: () => Promise<unknown>, level = 0): Promise<LogLine[]> {
    const before = this.text.length
    await act()
    const lines = this.text.slice(before).split('\n').filter(Boolean)
    return lines.map((line): LogLine => JSON.parse(line)).filter((line) => line.level >= level)
  }
}

export type LogLine = Record<string, unknown> & { level: number; msg: string }

export const warn = 40
