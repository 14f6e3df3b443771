// Puts options in order: by a grip, by buttons or by the keyboard. One button then saves the whole ranking. Until then
// live updates keep the order. Without this script, each option has a field for its place.

import { announce } from '../page/announce.js'
import { showState } from './fields.js'
import { dropQuestionUnless, isAsking } from './final-vote.js'

const poll = document.getElementById('poll')
const part = (id) => document.getElementById(id)

/** The ranked options by id, and the titles under which they were ranked. */
let order = []
let titles = new Map()
let isUnsaved = false
let dragged
let drawn

const icon = (path) =>
  `<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true"><path d="${path}" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round"/></svg>`
const icons = {
  grip: icon('M5.5 3.5h.01M10.5 3.5h.01M5.5 8h.01M10.5 8h.01M5.5 12.5h.01M10.5 12.5h.01'),
  up: icon('M8 13V3M3.5 7.5 8 3l4.5 4.5'),
  down: icon('M8 3v10M3.5 8.5 8 13l4.5-4.5'),
  out: icon('m4 4 8 8m0-8-8 8'),
}

const saved = () => part('ranking').dataset.choices.split(' ').filter(Boolean)
/** How many first places are final. */
const settled = () => (part('ranking').dataset.final === 'true' ? saved().length : 0)

function optionsOf() {
  const rows = [...part('ranking').querySelectorAll('.places li')]
  return new Map(rows.map((row) => [row.dataset.option, row.querySelector('.option-title').textContent.trim()]))
}

/** Takes over what the server sent: all of it, or only new options and titles while an order is not saved. */
function read() {
  if (!part('ranking') || dragged) return
  const options = optionsOf()
  const isKept = (id) =>
    options.has(id) && (saved().includes(id) || !titles.has(id) || titles.get(id) === options.get(id))
  if (isUnsaved) order = order.filter(isKept)
  else order = saved().filter((id) => options.has(id))
  if (isUnsaved)
    order = [...saved().slice(0, settled()), ...order.filter((id) => !saved().slice(0, settled()).includes(id))]
  titles = options
  changed()
}

function changed() {
  isUnsaved = order.join(' ') !== saved().join(' ')
  for (const id of titles.keys()) {
    const field = part(`place-${id}`)
    if (field) field.value = order.includes(id) ? String(order.indexOf(id) + 1) : ''
  }
  dropQuestionUnless(order, true)
  showState({ isUnsaved, isSaved: saved().length > 0, isEmpty: order.length === 0 })
  draw()
}

function button(kind, id, label, isDisabled = false) {
  const made = Object.assign(document.createElement('button'), {
    type: 'button',
    id: `${kind}-${id}`,
    className: 'icon',
  })
  made.innerHTML = icons[kind]
  made.setAttribute('aria-label', label)
  if (isDisabled) made.setAttribute('aria-disabled', 'true')
  return made
}

function element(tag, className, ...content) {
  const made = Object.assign(document.createElement(tag), { className })
  made.append(...content)
  return made
}

function titled(id) {
  return Object.assign(element('span', 'option-title', titles.get(id)), { dir: 'auto' })
}

function rankedRow(id, index) {
  const title = titles.get(id)
  const row = element('li', 'ranked-option', element('span', 'place', String(index + 1)), titled(id))
  row.dataset.ranked = id
  if (index < settled()) return row
  const place = `place ${index + 1} of ${order.length}`
  row.prepend(button('grip', id, `Move ${title}, ${place}`))
  row.firstChild.classList.add('grip')
  const tools = element(
    'span',
    'row-tools',
    button('up', id, `Move ${title} up`, index === settled()),
    button('down', id, `Move ${title} down`, index === order.length - 1),
    button('out', id, `Take ${title} out`),
  )
  row.append(tools)
  return row
}

function nextRow(id) {
  const next = Object.assign(document.createElement('button'), { type: 'button', id: `next-${id}` })
  const place = element('span', 'place', '+')
  place.setAttribute('aria-hidden', 'true')
  next.append(place, element('span', 'visually-hidden', 'Rank next: '), titled(id))
  return element('li', '', next)
}

/** Only a change is drawn, or a screen reader would read the focused button again. */
function draw() {
  const now = JSON.stringify([order, [...titles], settled()])
  if (now === drawn) return
  drawn = now
  const focused = document.activeElement?.id
  const others = [...titles.keys()].filter((id) => !order.includes(id))
  const ranked = element('ol', 'ranked', ...order.map(rankedRow))
  const unranked = element('ul', 'unranked', ...others.map(nextRow))
  ranked.setAttribute('aria-label', 'In your order')
  unranked.setAttribute('aria-label', 'Not in your ranking')
  const next = others.length === 0 ? '' : 'Press the next one, or leave the others out. '
  const hint =
    order.length === 0
      ? 'Press your favourite first, then the next.'
      : `${next}To reorder, drag by the dots or use the arrows.`
  part('sorter').replaceChildren(
    element('p', 'hint', hint),
    ...(order.length > 0 ? [ranked] : []),
    ...(others.length > 0 ? [unranked] : []),
  )
  if (focused && document.activeElement === document.body) part(focused)?.focus({ preventScroll: true })
}

function say(id) {
  announce(`${titles.get(id)}: place ${order.indexOf(id) + 1} of ${order.length}.`)
}

/** @param place from 0 */
function move(id, place) {
  if (place < settled() || place >= order.length || place === order.indexOf(id)) return
  order = order.filter((other) => other !== id).toSpliced(place, 0, id)
  changed()
  say(id)
}

function rankNext(id) {
  const others = [...titles.keys()].filter((other) => !order.includes(other))
  const next = others[others.indexOf(id) + 1] ?? others.find((other) => other !== id)
  order = [...order, id]
  changed()
  say(id)
  part(next ? `next-${next}` : 'save-ranking')?.focus({ preventScroll: true })
}

function takeOut(id) {
  const title = titles.get(id)
  order = order.filter((other) => other !== id)
  changed()
  announce(`${title} is not in your ranking any more.`)
  part(`next-${id}`)?.focus({ preventScroll: true })
}

poll.addEventListener('click', (event) => {
  const pressed = event.target.closest('#sorter button')
  if (!pressed || pressed.getAttribute('aria-disabled') === 'true') return
  const [, kind, id] = /^(\w+)-(.+)$/.exec(pressed.id)
  if (kind === 'up') move(id, order.indexOf(id) - 1)
  if (kind === 'down') move(id, order.indexOf(id) + 1)
  if (kind === 'out') takeOut(id)
  if (kind === 'next') rankNext(id)
})

poll.addEventListener('keydown', (event) => {
  const grip = event.target.closest('#sorter .grip')
  const step = { ArrowUp: -1, ArrowDown: 1 }[event.key]
  if (!grip || !step) return
  event.preventDefault()
  const id = grip.id.slice('grip-'.length)
  move(id, order.indexOf(id) + step)
})

poll.addEventListener('pointerdown', (event) => {
  const row = event.target.closest('#sorter .ranked-option')
  const isGrip = event.target.closest('.grip')
  if (!row?.querySelector('.grip') || event.button !== 0 || (event.target.closest('button') && !isGrip)) return
  // A finger drags only at the grip; elsewhere it scrolls the page.
  if (event.pointerType === 'touch' && !isGrip) return
  event.preventDefault()
  isGrip?.focus({ preventScroll: true })
  dragged = { row, list: row.parentElement }
  row.classList.add('dragged')
  row.setPointerCapture(event.pointerId)
})

poll.addEventListener('pointermove', (event) => {
  if (!dragged) return
  const { row, list } = dragged
  const movable = [...list.children].slice(settled())
  const next = movable.find((other) => other !== row && event.clientY < middleOf(other))
  if (next !== row.nextElementSibling) list.insertBefore(row, next ?? null)
  for (const [index, item] of [...list.children].entries()) item.querySelector('.place').textContent = index + 1
})

function middleOf(item) {
  const { top, height } = item.getBoundingClientRect()
  return top + height / 2
}

function letGo(isDropped) {
  if (!dragged) return
  const { row, list } = dragged
  dragged = undefined
  drawn = undefined
  row.classList.remove('dragged')
  const before = order.join(' ')
  if (isDropped) order = [...list.children].map((item) => item.dataset.ranked)
  if (order.join(' ') === before) return read()
  changed()
  say(row.dataset.ranked)
  read()
}

poll.addEventListener('pointerup', () => letGo(true))
// The browser cancelled the gesture.
poll.addEventListener('pointercancel', () => letGo(false))

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (ctx.request.form?.id === 'ballot') ctx.sentOrder = order.join(' ')
})
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id !== 'vote') return
  const isRefused = ctx.response?.status >= 400 || isAsking()
  if (ctx.sentOrder === order.join(' ') && !isRefused) isUnsaved = false
  read()
})
document.addEventListener('polldock:own-ballot', read)
document.addEventListener('polldock:changed', read)

// Places that a refused form brought back.
if (part('ranking')?.hasAttribute('data-unsaved')) {
  const placed = [...part('ranking').querySelectorAll('.places select')].filter(({ value }) => value !== '')
  order = [...saved().slice(0, settled()), ...placed.toSorted((a, b) => a.value - b.value).map(({ id }) => id.slice(6))]
  isUnsaved = true
}
read()
