// Refreshes where the poll is mirrored on an open page. Delivery ends a moment after a change, and no event says so.
// So the page asks: soon after a change, then rarely.

import htmx from '../htmx.js'

const mirrors = document.getElementById('mirrors')
/** The delay after a change and between two requests, in milliseconds. */
const soon = 2_000
const rest = 10_000
let lastAsked = -rest
let waiting

/** Viewers ask at random moments. */
function askLater() {
  if (waiting) return
  const delay = Math.max(soon, lastAsked + rest - performance.now())
  waiting = setTimeout(ask, delay * (1 + Math.random() / 2))
}

async function ask() {
  waiting = undefined
  lastAsked = performance.now()
  const response = await fetch(mirrors.dataset.from).catch(() => undefined)
  if (response?.ok)
    await htmx.swap({ sourceElement: mirrors, target: mirrors, text: await response.text(), swap: 'innerMorph' })
  askAgain()
}

function askAgain() {
  if (mirrors.querySelector('[data-behind]')) askLater()
}

document.addEventListener('polldock:changed', askLater)
askAgain()
