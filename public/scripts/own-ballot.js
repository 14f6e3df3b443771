// After a vote, the fields show the saved values. Browsers would leave them as the person set them.

import { restore } from './fields.js'

const fields = () => document.querySelector('#scores, #dates')
let saved = fields()?.dataset.choices

/** Changes from other pages are in the fields already, next to unsaved values. */
document.addEventListener('polldock:own-ballot', () => {
  saved = fields().dataset.choices
})

document.addEventListener('htmx:after:swap', () => {
  if (!fields()) return
  // The vote was refused because these options were renamed: they are asked again.
  for (const input of fields().querySelectorAll('[data-renamed] input')) restore(input)
  if (fields().dataset.choices === saved) return
  saved = fields().dataset.choices
  for (const input of fields().querySelectorAll('input')) restore(input)
})
