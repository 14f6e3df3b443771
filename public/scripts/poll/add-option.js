// Adds one option or several: pasted lines turn the field into a text area, and each line becomes an option. Without
// this script, browsers join pasted lines. Then it says what was done.

import { announce } from '../page/announce.js'
import { pastedLines } from '../poll-form/pasted-lines.js'

const field = () => document.getElementById('new-option')

function showCount() {
  const count = field()
    .value.split('\n')
    .filter((line) => line.trim() !== '').length
  document.getElementById('option-lines').textContent =
    count === 1 ? '1 option.' : `${count} options, one on each line.`
}

document.addEventListener('paste', (event) => {
  const input = field()
  if (event.target !== input || input.tagName !== 'INPUT') return
  const lines = pastedLines(event)
  if (lines.length < 2) return
  event.preventDefault()
  const { value, selectionStart, selectionEnd } = input
  // The text before the pasted text stays with its first line.
  const pasted = lines.map((line, index) => (index === 0 ? line.trimEnd() : line.trim())).join('\n')
  const several = document.createElement('textarea')
  for (const { name, value: setting } of input.attributes) if (name !== 'value') several.setAttribute(name, setting)
  several.rows = Math.min(lines.length + 1, 10)
  several.setAttribute('aria-describedby', 'option-lines')
  several.value = value.slice(0, selectionStart) + pasted + value.slice(selectionEnd)
  input.replaceWith(several)
  several.focus()
  const end = selectionStart + pasted.length
  several.setSelectionRange(end, end)
  showCount()
})

document.addEventListener('input', ({ target }) => {
  if (target === field() && target.tagName === 'TEXTAREA') showCount()
})

// The page after the form says at its top what comes of a proposal. In place, this says it at the form.
let said
document.addEventListener('htmx:before:swap', ({ detail: { ctx } }) => {
  if (ctx?.select !== '#add-option') return
  said = new DOMParser().parseFromString(ctx.text, 'text/html').querySelector('#main > .done')?.textContent
})
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id !== 'add-option' || ctx.response?.status >= 400) return
  const status = document.getElementById('option-status')
  status.textContent = said ?? 'It was added. Choose it above to vote for it.'
  status.hidden = false
  announce(status.textContent)
})
