// Adds, removes and moves the rows of options and of dates by mouse and keyboard. Without this script, empty rows are
// ignored and a button asks the server for more rows.

import { pastedLines } from './pasted-lines.js'

const announcer = document.getElementById('rows-announcer')
const moreFromServer = document.getElementById('more-rows')

const inputOf = (row) => row.querySelector('input')

/** Makes a list of rows editable. @param thing what a row holds, as in "option" */
function editable(rows, thing) {
  const most = Number(rows.dataset.most)
  const least = Number(rows.dataset.least)
  const more = document.createElement('button')
  more.type = 'button'
  more.className = 'more-rows'
  more.textContent = thing === 'date' ? 'Add a date' : 'Add an option'

  /** Renumbers the rows, also for screen readers, and disables buttons that can do nothing. */
  function number() {
    const all = [...rows.children]
    for (const [index, row] of all.entries()) {
      const name = `${thing} ${index + 1}`
      const dates = row.querySelector('.date-fields')
      if (dates) dates.setAttribute('aria-label', `Date ${index + 1}`)
      else inputOf(row).setAttribute('aria-label', `Option ${index + 1}`)
      row.querySelector('[data-move=up]').setAttribute('aria-label', `Move ${name} up`)
      row.querySelector('[data-move=down]').setAttribute('aria-label', `Move ${name} down`)
      row.querySelector('[data-remove]').setAttribute('aria-label', `Remove ${name}`)
      row.querySelector('[data-move=up]').disabled = index === 0
      row.querySelector('[data-move=down]').disabled = index === all.length - 1
      row.querySelector('[data-remove]').disabled = all.length <= least
    }
    more.hidden = all.length >= most
  }

  function add(after = rows.lastElementChild, { hasFocus = true } = {}) {
    if (rows.children.length >= most) return
    const row = rows.lastElementChild.cloneNode(true)
    for (const part of row.querySelectorAll('.error, .past-date')) part.remove()
    row.querySelector('details')?.removeAttribute('open')
    for (const input of row.querySelectorAll('input')) {
      input.value = ''
      input.autofocus = false
      input.removeAttribute('aria-invalid')
      input.removeAttribute('aria-describedby')
    }
    after.after(row)
    number()
    if (hasFocus) inputOf(row).focus()
  }

  function remove(row) {
    if (rows.children.length <= least) return
    const next = row.nextElementSibling ?? row.previousElementSibling
    row.remove()
    number()
    inputOf(next).focus()
    announcer.textContent = `Removed. ${rows.children.length} ${thing}s are left.`
  }

  function move(row, direction) {
    const other = direction === 'up' ? row.previousElementSibling : row.nextElementSibling
    if (!other) return
    const focused = document.activeElement
    if (direction === 'up') other.before(row)
    else other.after(row)
    number()
    if (focused?.disabled) inputOf(row).focus()
    else focused?.focus()
    announcer.textContent = `Moved to place ${[...rows.children].indexOf(row) + 1} of ${rows.children.length}.`
  }

  rows.addEventListener('click', (event) => {
    const button = event.target.closest('button')
    const row = event.target.closest('.option-row')
    if (button?.dataset.move) move(row, button.dataset.move)
    else if (button && 'remove' in button.dataset) remove(row)
  })

  rows.addEventListener('keydown', (event) => {
    // An input method uses this Enter to confirm a word. Safari shows that only by the key code.
    if (event.isComposing || event.keyCode === 229) return
    const row = event.target.closest('.option-row')
    if (event.target.tagName === 'INPUT' && event.key === 'Enter') {
      event.preventDefault()
      if (row.nextElementSibling) inputOf(row.nextElementSibling).focus()
      else add(row)
    } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      move(row, event.key === 'ArrowUp' ? 'up' : 'down')
    }
  })

  /** Each pasted line becomes an option, in empty rows first. Without this, an input joins the lines. */
  rows.addEventListener('paste', (event) => {
    const input = event.target
    const lines = pastedLines(event)
    if (input.name !== 'options' || lines.length < 2) return
    event.preventDefault()
    const [first, ...others] = lines
    input.setRangeText(first.trim(), input.selectionStart, input.selectionEnd, 'end')
    let row = input.closest('.option-row')
    const left = others.filter((line) => {
      const isEmpty = row.nextElementSibling && inputOf(row.nextElementSibling).value === ''
      if (!isEmpty && rows.children.length >= most) return true
      if (!isEmpty) add(row)
      row = row.nextElementSibling
      inputOf(row).value = line.trim()
      return false
    })
    inputOf(row).focus()
    input.dispatchEvent(new Event('input', { bubbles: true }))
    announcer.textContent =
      left.length === 0
        ? `Pasted as ${lines.length} options.`
        : `Pasted ${lines.length - left.length} options. A poll holds at most ${most}; ${left.length} lines did not fit.`
  })

  for (const row of rows.children) row.querySelector('.inline').insertAdjacentHTML('beforeend', rows.dataset.tools)
  rows.after(more)
  more.addEventListener('click', () => add())
  number()

  /** Adds empty rows until there are so many, or as many as a poll holds. */
  function fillTo(count) {
    while (rows.children.length < Math.min(count, most)) add(rows.lastElementChild, { hasFocus: false })
  }

  return { fillTo }
}

export const optionRows = editable(document.getElementById('option-rows'), 'option')
export const dateRows = editable(document.getElementById('date-rows'), 'date')
moreFromServer.hidden = true
