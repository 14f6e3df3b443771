/** Resets a field to the value in the page's HTML. */
export function restore(input) {
  input.value = input.defaultValue
  input.checked = input.defaultChecked
}

/** The lines of a pasted text, without empty ones. The server splits texts at the same characters. */
export function pastedLines({ clipboardData }) {
  const text = clipboardData?.getData('text/plain') ?? ''
  return text.split(/[\r\n\u2028\u2029]+/).filter((line) => line.trim() !== '')
}

/** Enter in a box would send the form. A final vote needs its button. */
export function needButtonIfFinal(poll, buttonId) {
  poll.addEventListener('keydown', (event) => {
    const button = document.getElementById(buttonId)
    const isBox = event.target.matches('#ballot :is([type=radio], [type=checkbox])')
    if (event.key !== 'Enter' || poll.dataset.final !== 'true' || !isBox || !button) return
    event.preventDefault()
    button.focus()
  })
}

/** What is not saved yet, in words; empty if all is. */
let unsaved = ''
let isSaving = false

/** Says next to the button what is not saved yet, or that it is being saved. */
export function sayUnsaved(said) {
  unsaved = said
  const state = document.getElementById('unsaved')
  if (!state) return
  const text = isSaving && said !== '' ? 'Saving …' : said
  state.hidden = said === ''
  // The same text again would be read again.
  if (state.textContent !== text) state.textContent = text
}

export function setSaving(saving) {
  isSaving = saving
  sayUnsaved(unsaved)
}

/**
 * Says whether what the form shows is saved. A saved ballot needs no button until it is changed.
 *
 * @param isSaved whether the person has a vote
 */
export function showState(isUnsaved, isSaved) {
  sayUnsaved(isUnsaved ? 'Not saved yet' : '')
  const status = document.getElementById('vote-status')
  status?.toggleAttribute('data-outdated', isUnsaved)
  const save = document.querySelector('.save .primary')
  if (!save) return
  const hadFocus = save === document.activeElement
  save.hidden = isSaved && !isUnsaved
  if (save.hidden && hadFocus) status?.focus({ preventScroll: true })
}
