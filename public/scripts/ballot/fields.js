import { isAsking } from './final-vote.js'

/** Resets a field to the value in the page's HTML. */
export function restore(input) {
  input.value = input.defaultValue
  input.checked = input.defaultChecked
}

/** A ballot without any choice withdraws the vote: the button says so, and the other button that does it goes. */
export function offerWithdrawal(button, isWithdrawal) {
  const withdraw = document.querySelector('#ballot [name=withdraw]')
  if (!button || !withdraw) return
  withdraw.hidden = isWithdrawal
  if (isWithdrawal) button.textContent = withdraw.textContent
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
 * @param isEmpty whether nothing is chosen
 */
export function showState({ isUnsaved, isSaved, isEmpty }) {
  sayUnsaved(isUnsaved ? 'Not saved yet' : '')
  const status = document.getElementById('vote-status')
  status?.toggleAttribute('data-outdated', isUnsaved)
  const save = document.querySelector('.save .primary')
  if (!save) return
  if (!isAsking()) save.textContent = save.dataset.label
  offerWithdrawal(save, isSaved && isEmpty)
  const hadFocus = save === document.activeElement
  save.hidden = isSaved && !isUnsaved && !isAsking()
  if (save.hidden && hadFocus) status?.focus({ preventScroll: true })
}
