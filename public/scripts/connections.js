// Refreshes the list of connections while messages wait or fail: delivery takes time.

import htmx from './htmx.js'

const list = document.getElementById('connections')
/** The interval between two requests, in milliseconds. */
const rest = 5_000

function askLater() {
  if (list.querySelector('[data-behind]')) setTimeout(ask, rest * (1 + Math.random() / 2))
}

async function ask() {
  const response = await fetch('/connections').catch(() => undefined)
  const page = response?.ok ? new DOMParser().parseFromString(await response.text(), 'text/html') : undefined
  const fresh = page?.getElementById('connections')
  if (fresh) await show(fresh)
  askLater()
}

/** Open details stay open. */
async function show(fresh) {
  for (const { id } of list.querySelectorAll('details[open]')) fresh.querySelector(`#${id}`)?.setAttribute('open', '')
  await htmx.swap({ sourceElement: list, target: list, text: fresh.innerHTML, swap: 'innerMorph' })
}

askLater()
