// Refreshes the list of connections while messages wait or fail: delivery takes time.

import htmx from '../htmx.js'

const list = document.getElementById('connections')
/** The longest interval between two requests, in milliseconds. */
const maxRest = 5_000
/** Most messages that a person has just asked for are delivered within a second. */
let rest = 1_000

function askLater() {
  if (!list.querySelector('[data-behind]')) return
  setTimeout(ask, rest * (1 + Math.random() / 2))
  rest = Math.min(2 * rest, maxRest)
}

async function ask() {
  const response = await fetch(location.pathname + location.search).catch(() => undefined)
  const page = response?.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined
  const fresh = page?.getElementById('connections')
  if (fresh) await show(fresh)
  const done = page?.getElementById('done')?.textContent
  const shown = document.getElementById('done')
  if (done && shown && shown.textContent !== done) shown.textContent = done
  askLater()
}

/** Open details stay open. */
async function show(fresh) {
  for (const { id } of list.querySelectorAll('details[open]')) fresh.querySelector(`#${id}`)?.setAttribute('open', '')
  await htmx.swap({ sourceElement: list, target: list, text: fresh.innerHTML, swap: 'innerMorph' })
}

askLater()
