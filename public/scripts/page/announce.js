// Announces to screen readers, one text after the other. A text that replaces another one too early is never read.

const region = document.getElementById('announcer') ?? added()
/** The shortest time that a text stays, and the time between two announcements of the result, in milliseconds. */
const stay = 2_000
const resultPause = 5_000

const waiting = []
let timer
let resultTimer
let lastResult

function added() {
  const region = Object.assign(document.createElement('p'), { id: 'announcer', className: 'visually-hidden' })
  region.setAttribute('role', 'status')
  document.body.append(region)
  return region
}

/** Announces what the person's own action did: before any result. */
export function announce(text) {
  if (text === '') return
  waiting.push(text)
  if (timer === undefined) next()
}

function next() {
  const text = waiting.shift()
  timer = text === undefined ? undefined : setTimeout(next, stay)
  if (text === undefined) return
  // The same text again would be no change, so it would not be read.
  region.textContent = text === region.textContent ? `${text}\u00a0` : text
}

/** Announces the poll's result, at most once in five seconds, if it changed. */
export function announceResult(readResult) {
  if (resultTimer !== undefined) return
  resultTimer = setTimeout(() => {
    resultTimer = undefined
    const result = readResult()
    if (result !== lastResult) announce(result)
    lastResult = result
  }, resultPause)
}
