// After a vote, what its fields show is what was saved; a browser leaves them as they were set.

import { restore } from './fields.js'

const fields = () => document.querySelector('#scores, #dates')
let saved = fields()?.dataset.choices

/** What came from elsewhere is in the fields already, beside what is not saved yet. */
document.addEventListener('polldock:own-ballot', () => {
  saved = fields().dataset.choices
})

document.addEventListener('htmx:after:swap', () => {
  if (!fields()) return
  // Refused, as these options have another name than the voter saw: they are asked again.
  for (const input of fields().querySelectorAll('[data-renamed] input')) restore(input)
  if (fields().dataset.choices === saved) return
  saved = fields().dataset.choices
  for (const input of fields().querySelectorAll('input')) restore(input)
})
