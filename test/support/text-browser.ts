import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

type Program = {
  command: string
  address: string
  top: string
  next: string
  previous: string[]
  type(text: string): string[][]
}

const write = (text: string) => ['-l', text]
const typeOver = (text: string) => [['C-u'], write(text)]

/** Browsers for terminals: none of them knows style sheets or scripts. Keys are named as by tmux. */
export const textBrowsers = {
  w3m: {
    command: 'w3m -o use_cookie=1 -o accept_cookie=1 -cookie',
    address: 'U',
    top: 'g',
    next: 'Tab',
    previous: ['Escape', 'Tab'],
    // The browser asks for the text in its last line.
    type: (text) => [['Enter'], ['C-u'], write(text), ['Enter']],
  },
  lynx: {
    command: 'lynx -accept_all_cookies -nopause',
    address: 'g',
    top: 'Home',
    next: 'Down',
    previous: ['Up'],
    type: typeOver,
  },
  links2: { command: 'links2 -no-connect', address: 'g', top: 'Home', next: 'Down', previous: ['Up'], type: typeOver },
  elinks: {
    // Send forms without a question, and start typing without a key.
    command:
      'elinks -no-home -no-connect -eval "set document.browse.forms.confirm_submit = 0" -eval "set document.browse.forms.insert_mode = 0"',
    address: 'g',
    top: 'Home',
    next: 'Down',
    previous: ['Up'],
    type: typeOver,
  },
} satisfies Record<string, Program>

export type TextBrowserName = keyof typeof textBrowsers

type ScreenPosition = { row: number; column: number }
type Screen = { lines: string[]; cursor: ScreenPosition }

/** As many lines as a whole page of Polldock has, so nothing ever scrolls. */
const height = 250
const timeoutMs = 30_000

/** A browser for terminals in a terminal (tmux), driven by keys as a person does, without cookies of others. */
export class TextBrowser {
  readonly #program: Program
  readonly #terminal: Terminal
  readonly #home: string
  /** In a field, keys that move are for the text. */
  #isInField = false

  private constructor(program: Program, terminal: Terminal, home: string) {
    this.#program = program
    this.#terminal = terminal
    this.#home = home
  }

  static async start(name: TextBrowserName, url: string): Promise<TextBrowser> {
    const home = await mkdtemp(join(tmpdir(), `polldock-${name}-`))
    // Without its settings, Links welcomes its user first.
    await mkdir(join(home, '.links2'))
    await writeFile(join(home, '.links2/links.cfg'), '')
    const program = textBrowsers[name]
    // In a terminal that cannot hide its cursor, the cursor shows which link is chosen.
    const environment = `HOME=${home} TERM=vt100 LANG=C.UTF-8`
    return new TextBrowser(program, new Terminal(home, `${environment} ${program.command} '${url}'`), home)
  }

  async close(): Promise<void> {
    await this.#terminal.close()
    await rm(this.#home, { recursive: true, force: true })
  }

  /** Opens another page, by its address. */
  async open(url: string): Promise<void> {
    for (const keys of [[this.#program.address], ['C-u'], write(url), ['Enter']]) await this.#keys(...keys)
    this.#isInField = false
  }

  /** All that the page says, when it says this. */
  async reads(expected: string | RegExp): Promise<string> {
    const end = Date.now() + timeoutMs
    for (;;) {
      const { lines } = await this.#screen()
      const text = lines.join('\n').replace(/\s+/g, ' ')
      if (typeof expected === 'string' ? text.includes(expected) : expected.test(text)) return text
      if (Date.now() > end) throw new Error(`Not on the screen: ${expected}\n${lines.join('\n').trimEnd()}`)
      await sleep(50)
    }
  }

  /** Goes to the link, button or choice with this label, or to the first one behind the text `after`, and presses Enter. */
  async press(label: string | RegExp, { after = '' } = {}): Promise<void> {
    await this.#goTo(`press ${label}`, ({ lines, cursor }) => {
      const start = after ? placesOf(lines, after)[0] : undefined
      const places = placesOf(lines, label).filter((place) => !start || isBefore(start, place))
      return (start ? places.slice(0, 1) : places).some(
        ({ row, column }) => row === cursor.row && mark.test((lines[row] ?? '').slice(cursor.column, column)),
      )
    })
    await this.#keys('Enter')
  }

  /** Passes this many links and fields. In a field, the key for another address would be typed. */
  async skip(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await this.#keys(this.#program.next)
  }

  /** Types into the field behind this label, or behind its nth occurrence on the page. */
  async fill(label: string, text: string, { nth = 1 } = {}): Promise<void> {
    await this.#goTo(`fill ${label}`, ({ lines, cursor }) => {
      const place = placesOf(lines, label)[nth - 1]
      return place !== undefined && isBefore(place, cursor) && cursor.row <= place.row + rowsToField
    })
    await this.#type(text)
  }

  /** Types into the next field. */
  async fillNext(text: string): Promise<void> {
    await this.#next(await this.#screen())
    await this.#type(text)
  }

  async #type(text: string): Promise<void> {
    for (const keys of this.#program.type(text)) await this.#keys(...keys)
    this.#isInField = true
    await this.reads(text)
  }

  /** From link to link, each time when the browser has done what the key before asked. */
  async #goTo(aim: string, isThere: (screen: Screen) => boolean): Promise<void> {
    if (!this.#isInField) await this.#toTop()
    this.#isInField = false
    let screen = await this.#screen()
    for (let links = 0; links < maxLinks; links++) {
      const hasArrived = isThere(screen)
      screen = await this.#next(screen)
      if (!hasArrived) continue
      // A key that the browser has not come to yet would move it on: only if there is none does it come back here.
      await this.#keys(...this.#program.previous)
      if (isThere(await this.#seen(isThere, { withinMs: 3_000, moment: 100 }))) return
      await this.#toTop()
      screen = await this.#screen()
    }
    throw new Error(`Cannot ${aim} here:\n${screen.lines.join('\n').trimEnd()}`)
  }

  async #next({ cursor: { row, column } }: Screen): Promise<Screen> {
    await this.#keys(this.#program.next)
    return this.#seen(({ cursor }) => cursor.row !== row || cursor.column !== column)
  }

  async #toTop(): Promise<void> {
    await this.#keys(this.#program.top)
    await this.#seen(({ cursor }) => cursor.row < linesAtTop)
  }

  /**
   * The screen as soon as it is like this, or as it is when that takes too long. It has to stay so for a moment: while a
   * browser draws, its cursor is anywhere.
   */
  async #seen(isSo: (screen: Screen) => boolean, { withinMs = timeoutMs, moment = 20 } = {}): Promise<Screen> {
    const end = Date.now() + withinMs
    let since = Date.now()
    let before: ScreenPosition | undefined
    for (;;) {
      const screen = await this.#screen()
      const { row, column } = screen.cursor
      if (!isSo(screen) || row !== before?.row || column !== before.column) since = Date.now()
      if (Date.now() - since >= moment || Date.now() > end) return screen
      before = screen.cursor
      await sleep(10)
    }
  }

  async #screen(): Promise<Screen> {
    const [[at = ''] = [], styled] = await Promise.all([
      this.#terminal.run(`display-message -p '#{cursor_y} #{cursor_x}'`),
      this.#terminal.run('capture-pane -e -p'),
    ])
    const [row = 0, column = 0] = at.split(' ').map(Number)
    const lines = styled.map(plain)
    // In a list, ELinks puts the cursor too far; what is chosen is in reverse video.
    const chosen = this.#program === textBrowsers.elinks ? styled.findIndex((line) => reverse.test(line)) : -1
    if (chosen < 0) return { lines, cursor: { row, column } }
    const [before = ''] = (styled[chosen] ?? '').split(reverse)
    return { lines, cursor: { row: chosen, column: plain(before).length } }
  }

  async #keys(...keys: string[]): Promise<void> {
    await this.#terminal.run(`send-keys ${keys.map((key) => `'${key.replaceAll("'", `'\\''`)}'`).join(' ')}`)
  }
}

/** tmux in its control mode: commands go in, and their output comes out between `%begin` and `%end`. */
class Terminal {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>
  readonly #waiting: ((output: string[]) => void)[] = []

  constructor(dir: string, command: string) {
    const args = ['-C', '-S', join(dir, 'tmux'), '-f', '/dev/null', 'new-session', '-x', '120', '-y', String(height)]
    this.#process = spawn('tmux', [...args, command], { stdio: ['pipe', 'pipe', 'inherit'] })
    void this.#read()
    // The session that it starts with is a command, too.
    this.#waiting.push(() => undefined)
  }

  run(command: string): Promise<string[]> {
    this.#process.stdin.write(`${command}\n`)
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#process.once('close', resolve))
    this.#process.stdin.write('kill-server\n')
    await closed
  }

  async #read(): Promise<void> {
    let output: string[] | undefined
    for await (const line of createInterface({ input: this.#process.stdout })) {
      if (line.startsWith('%begin ')) output = []
      else if (/^%(?:end|error) /.test(line)) {
        this.#waiting.shift()?.(output ?? [])
        output = undefined
      } else output?.push(line)
    }
  }
}

/** What stands between the cursor and the label: in Lynx "(BUTTON) " or "(Withdraw) ", before a choice "( ) " or "[X] ". */
const mark = /^\W*(?:(?:BUTTON|Vote|Choose|Withdraw|X)[)\]]\W*)?$/
const esc = '\u001b'
const reverse = new RegExp(`${esc}\\[(?:1;)?7m`)

function plain(styled: string): string {
  return styled.replaceAll(new RegExp(`${esc}\\[[\\d;]*m`, 'g'), '')
}

/** More than any page has: in Lynx, the first one follows on the last one. */
const maxLinks = 150
/** A page's first link is in one of them. */
const linesAtTop = 4
/** From a label down to its field. */
const rowsToField = 3

function placesOf(lines: readonly string[], label: string | RegExp): ScreenPosition[] {
  const pattern = typeof label === 'string' ? new RegExp(RegExp.escape(label), 'g') : new RegExp(label, 'g')
  return lines.flatMap((line, row) => [...line.matchAll(pattern)].map(({ index }) => ({ row, column: index })))
}

function isBefore(one: ScreenPosition, other: ScreenPosition): boolean {
  return one.row < other.row || (one.row === other.row && one.column < other.column)
}
