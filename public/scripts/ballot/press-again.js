// A radio button of a ballot that is pressed again is not chosen any more. Arrow keys move from choice to choice.

import { announce } from '../page/announce.js'

/** The last click on a radio button, and whether it changed anything. */
let click = { isChange: false }
/** How often a click on a label followed another one: the label clicks its radio button in turn. */
let labelClicks = 0
let isArrowDown = false
/** The chosen radio button on which Space is down. */
let spaced

const isChoice = (element) =>
  element.matches('#ballot input[type=radio]:not([value=""])') && !element.closest('[data-settled]')

function clear(radio) {
  const none = [...radio.form.elements[radio.name]].find(({ value }) => value === '')
  // Points and dates have a visible choice that gives nothing.
  if (none?.checkVisibility({ visibilityProperty: false })) none.checked = true
  else radio.checked = false
  const row = radio.closest('fieldset fieldset')
  if (row) announce(`${textOf(row.querySelector('legend'))}: ${textOf(none.closest('label'))}.`)
  else announce(`${textOf(document.getElementById(`title-${radio.value}`))} is not chosen any more.`)
  radio.dispatchEvent(new Event('change', { bubbles: true }))
}

const textOf = (element) => element.textContent.trim()

document.addEventListener('change', () => {
  click.isChange = true
})

// Screen readers send a click without any press before it. A radio button that was chosen already makes no change.
document.addEventListener('click', ({ target, detail }) => {
  if (!isChoice(target)) {
    labelClicks = detail
    return
  }
  const isDoubleClick = Math.max(detail, labelClicks) > 1
  labelClicks = 0
  if (isDoubleClick || isArrowDown) return
  const own = { isChange: false }
  click = own
  // The change, if any, comes before this.
  setTimeout(() => {
    if (!own.isChange && target.checked) clear(target)
  })
})

document.addEventListener('keydown', ({ key, target, repeat }) => {
  isArrowDown = key.startsWith('Arrow')
  if (!repeat) spaced = key === ' ' && isChoice(target) && target.checked ? target : undefined
})

// Browsers differ in whether Space clicks a radio button that is chosen.
document.addEventListener('keyup', (event) => {
  isArrowDown = false
  if (event.key !== ' ' || !spaced || spaced !== event.target) return
  event.preventDefault()
  if (spaced.checked) clear(spaced)
  spaced = undefined
})
