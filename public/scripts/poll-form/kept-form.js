// Keeps the content of a long form with the entry of the browser's history, so it survives a reload and Back.
// Browsers restore some of it, each in its own way: never rows that a script added, and in WebKit no field without
// suggestions. Rules that are set are always visible.

import { dateRows, optionRows } from './poll-form.js'

const keptForm = document.getElementById('poll-form')
const rules = document.getElementById('rules')

/** The fields that people fill in, without hidden ones. */
const keptFields = () =>
  [...keptForm.elements].filter(({ name, type }) => name && !['hidden', 'submit', 'button'].includes(type))

/** Undefined if the browser has no storage, as in some private windows. */
function storage() {
  try {
    return sessionStorage
  } catch {
    return undefined
  }
}

function keep() {
  if (!history.state?.form) history.replaceState({ ...history.state, form: Math.random().toString(36).slice(2) }, '')
  const values = keptFields().map(({ name, value, checked }) => ({ name, value, checked }))
  try {
    storage()?.setItem(`form ${history.state.form}`, JSON.stringify(values))
  } catch {
    // The storage is full: only the browser itself restores the form.
  }
}

/** Undefined if nothing was kept; empty after signing out (see sign-out.js). */
const keptText = () => storage()?.getItem(`form ${history.state?.form}`) ?? undefined

function restoreKept() {
  const text = keptText()
  if (!text) return
  const kept = JSON.parse(text)
  const count = (name) => kept.filter((field) => field.name === name).length
  optionRows.fillTo(count('options'))
  dateRows.fillTo(count('day'))
  const byName = new Map()
  for (const field of keptFields()) byName.set(field.name, [...(byName.get(field.name) ?? []), field])
  for (const { name, value, checked } of kept) {
    const fields = byName.get(name) ?? []
    // Boxes have fixed values, which identify them; other fields are identified by their order.
    const isBox = ['checkbox', 'radio'].includes(fields[0]?.type)
    const field = isBox ? fields.find((box) => box.value === value) : fields.shift()
    if (field) Object.assign(field, isBox ? { checked } : { value })
  }
  showRules()
}

function isRuleSet({ type, name, value, checked, tagName }) {
  if (type === 'checkbox') return checked
  if (type === 'radio') return checked && value !== 'always'
  return tagName !== 'BUTTON' && name !== '' && value !== ''
}

function showRules() {
  if ([...rules.querySelectorAll('input, textarea')].some(isRuleSet)) rules.open = true
}

// Without this script the rules are always open, as a browser may restore them at any time.
if (!rules.querySelector('[aria-invalid=true], .error')) rules.open = false
showRules()
keptForm.addEventListener('input', keep)
keptForm.addEventListener('change', keep)
keptForm.addEventListener('click', () => setTimeout(keep))
keptForm.addEventListener('change', showRules)
// Some browsers restore a form after the page has loaded. When a person returns to a cached page, WebKit empties
// fields without suggestions, in a task after this event.
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) setTimeout(() => (keptText() === '' ? location.reload() : restoreKept()))
  showRules()
})
// Last, so the rest works even if this fails.
restoreKept()
