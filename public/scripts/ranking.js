// Ranks options by dragging and announces their new place. Without this script, buttons move them.

import { announce } from './announce.js'

const ballot = document.getElementById('ballot')
let dragged
/** The option that is being moved, and the ranking before. */
let moved

const idsOf = (list) => [...list.children].map(({ dataset }) => dataset.option)
const ranking = () => document.getElementById('ranking')
const titleOf = (item) => item.querySelector('.option-title').textContent

/** Sends the option's new place, as a button does. */
function send({ dataset: { option } }, place) {
  const button = Object.assign(document.createElement('button'), { name: `move.${option}.${place}` })
  button.hidden = true
  ballot.append(button)
  ballot.requestSubmit(button)
  button.remove()
}

ballot.addEventListener('pointerdown', (event) => {
  const item = event.target.closest('.ranked-option')
  if (!item?.querySelector('button') || event.button !== 0 || event.target.closest('button')) return
  // A finger drags only at the number; elsewhere it scrolls the page.
  if (event.pointerType === 'touch' && !event.target.closest('.place')) return
  event.preventDefault()
  dragged = { item, list: item.parentElement, before: idsOf(item.parentElement).join(' ') }
  item.classList.add('dragged')
  item.setPointerCapture(event.pointerId)
})

ballot.addEventListener('pointermove', (event) => {
  if (!dragged) return
  const { item, list } = dragged
  const next = [...list.children].find((other) => other !== item && event.clientY < middleOf(other))
  if (next !== item.nextElementSibling) list.insertBefore(item, next ?? null)
  number(list)
})

function number(list) {
  for (const [index, { firstElementChild: place }] of [...list.children].entries()) place.textContent = index + 1
}

function middleOf(element) {
  const { top, height } = element.getBoundingClientRect()
  return top + height / 2
}

ballot.addEventListener('pointerup', () => {
  const drop = letGo()
  if (!drop || idsOf(drop.list).join(' ') === drop.before) return
  remember(drop.item.dataset.option)
  send(drop.item, [...drop.list.children].indexOf(drop.item) + 1)
})

// The browser cancelled the gesture: restore the ranking.
ballot.addEventListener('pointercancel', () => {
  const drop = letGo()
  if (!drop) return
  drop.list.append(...drop.before.split(' ').map((id) => document.getElementById(`ranked-${id}`)))
  number(drop.list)
})

function letGo() {
  const drop = dragged
  dragged = undefined
  drop?.item.classList.remove('dragged')
  return drop
}

ballot.addEventListener('click', (event) => {
  const button = event.target.closest('#ranking button')
  if (button?.getAttribute('aria-disabled') === 'true') event.preventDefault()
  else if (button) remember(button.closest('.ranked-option')?.dataset.option ?? button.name.replace('choose.', ''))
})

function remember(option) {
  moved = { option, from: ranking().dataset.choices }
}

document.addEventListener('htmx:after:swap', () => {
  if (!moved || !ranking() || ranking().dataset.choices === moved.from) return
  const item = document.getElementById(`ranked-${moved.option}`)
  moved = undefined
  if (!item) return
  const list = item.parentElement
  announce(`${titleOf(item)}: place ${[...list.children].indexOf(item) + 1} of ${list.children.length}.`)
})
