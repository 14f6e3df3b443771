// Ranks by dragging, and tells where an option has gone. Without this script, buttons move it.

const ballot = document.getElementById('ballot')
const announcement = document.getElementById('announcer')
let dragged
/** The option that was moved, and the ranking before it was. */
let moved

const idsOf = (list) => [...list.children].map(({ dataset }) => dataset.option)
const ranking = () => document.getElementById('ranking')
const titleOf = (item) => item.querySelector('.option-title').textContent

/** Sends the order in which the options stand, as a button does. */
function send(list) {
  const button = Object.assign(document.createElement('button'), { name: 'ranking', value: idsOf(list).join(' ') })
  button.hidden = true
  ballot.append(button)
  ballot.requestSubmit(button)
  button.remove()
}

ballot.addEventListener('pointerdown', (event) => {
  const item = event.target.closest('.ranked-option')
  if (!item || event.button !== 0 || event.target.closest('button')) return
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
  for (const [index, { firstElementChild: place }] of [...list.children].entries()) place.textContent = index + 1
})

function middleOf(element) {
  const { top, height } = element.getBoundingClientRect()
  return top + height / 2
}

for (const end of ['pointerup', 'pointercancel'])
  ballot.addEventListener(end, () => {
    if (!dragged) return
    const { item, list, before } = dragged
    dragged = undefined
    item.classList.remove('dragged')
    if (idsOf(list).join(' ') === before) return
    remember(item.dataset.option)
    send(list)
  })

ballot.addEventListener('click', (event) => {
  const button = event.target.closest('#ranking button')
  if (button?.getAttribute('aria-disabled') === 'true') event.preventDefault()
  else if (button) remember(button.closest('.ranked-option')?.dataset.option ?? button.value)
})

function remember(option) {
  moved = { option, from: ranking().dataset.ranking }
}

document.addEventListener('htmx:after:swap', () => {
  if (!moved || ranking().dataset.ranking === moved.from) return
  const item = document.getElementById(`ranked-${moved.option}`)
  moved = undefined
  if (!item) return
  const list = item.parentElement
  announcement.textContent = `${titleOf(item)}: place ${[...list.children].indexOf(item) + 1} of ${list.children.length}.`
})
