// Refreshes where the poll is mirrored on an open page. Delivery ends a moment after the page shows what
// happened, and that they were told is no news of its own; so the page asks, soon after a change and then rarely.

import htmx from './htmx.js'

const mirrors = document.getElementById('mirrors')
/** In milliseconds: how long after a change, and how long between two questions. */
const soon = 2_000
const rest = 10_000
let lastAsked = -rest
let waiting

/** Not all who watch ask in the same moment. */
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
