// After a vote, the fields show the saved values. Browsers would leave them as the person set them.

import { announce } from '../page/announce.js'
import { restore, showState } from './fields.js'
import { dropQuestionUnless } from './final-vote.js'
import './press-again.js'

const fields = () => document.querySelector('#scores, #dates')
let saved = fields()?.dataset.choices

/** Changes from other pages are in the fields already, next to unsaved values. */
document.addEventListener('polldock:own-ballot', () => {
  saved = fields().dataset.choices
})

/** Only a script can answer for all dates at once, so it adds the button. */
function offerYesToAll() {
  document.getElementById('yes-to-all')?.remove()
  if (document.querySelectorAll('#dates [value=yes]:enabled').length < 2) return
  const button = Object.assign(document.createElement('button'), { type: 'button', id: 'yes-to-all' })
  button.textContent = 'Yes to all'
  document.getElementById('dates-tools').append(button)
}

document.addEventListener('click', ({ target }) => {
  if (!target.closest?.('#yes-to-all')) return
  for (const yes of document.querySelectorAll('#dates [value=yes]:enabled')) yes.checked = true
  showUnsaved()
  announce('Yes to all. Save your answers to send them.')
})

/** Points and answers are sent by their button alone. */
function showUnsaved() {
  if (!fields()) return
  const given = [...fields().querySelectorAll('li input:checked')].filter(({ value }) => value !== '')
  const choices = given.map(({ name, value }) => `${name.slice('option.'.length)}=${value}`)
  const ids = fields().dataset.choices.split(' ').filter(Boolean)
  dropQuestionUnless(choices)
  const isUnsaved = choices.length !== ids.length || !choices.every((choice) => ids.includes(choice))
  showState({ isUnsaved, isSaved: ids.length > 0, isEmpty: choices.length === 0 })
}

document.addEventListener('change', showUnsaved)
document.addEventListener('polldock:changed', showUnsaved)

document.addEventListener('polldock:own-ballot', offerYesToAll)
document.addEventListener('htmx:after:swap', offerYesToAll)
offerYesToAll()
showUnsaved()

document.addEventListener('htmx:after:swap', () => {
  if (!fields()) return
  showSaved()
  showUnsaved()
})

function showSaved() {
  // The vote was refused because these options were renamed: they are asked again.
  for (const input of fields().querySelectorAll('[data-renamed] input')) restore(input)
  if (fields().dataset.choices === saved) return
  saved = fields().dataset.choices
  for (const input of fields().querySelectorAll('input')) restore(input)
}
