// A choice of one or several options is not sent before the button is pressed. Until then this keeps it while live
// updates change the options, names it on the button and says that it is not saved. Without this script, the button has
// a general label.

import { announce } from '../page/announce.js'
import { offerWithdrawal, sayUnsaved } from './fields.js'
import { dropQuestionUnless, isAsking } from './final-vote.js'
import './press-again.js'

const poll = document.getElementById('poll')
const part = (id) => document.getElementById(id)

/** The titles of the chosen options by id, while they differ from the saved vote. */
let unsaved
/** Whether the vote is being sent. */
let isSending = false

const boxes = () => [...poll.querySelectorAll('#results input[name=choice]')].filter(({ value }) => value !== '')
const saved = () =>
  (poll.dataset.choices ?? poll.querySelector('#results .options').dataset.choices).split(' ').filter(Boolean)
const titleOf = ({ value }) => part(`title-${value}`).textContent.trim()

function isSaved(choices) {
  const ids = saved()
  return choices.size === ids.length && ids.every((id) => choices.has(id))
}

function isInView(box) {
  const { top, bottom } = box.getBoundingClientRect()
  return top >= 0 && bottom <= part('cast').getBoundingClientRect().top
}

function remember() {
  const checked = boxes().filter((box) => box.checked)
  const choices = new Map(checked.map((box) => [box.value, titleOf(box)]))
  // What is being sent is about to be the saved vote.
  unsaved = isSaved(choices) && !isSending ? undefined : choices
}

/** Checks what was chosen before an update. A full option, or one with another title, is not chosen any more. */
function restoreChoices() {
  const ids = saved()
  for (const box of boxes()) {
    if (unsaved && !ids.includes(box.value) && (box.disabled || unsaved.get(box.value) !== titleOf(box)))
      unsaved.delete(box.value)
    box.checked = unsaved ? unsaved.has(box.value) : ids.includes(box.value)
  }
  if (unsaved && (unsaved.size === 0 ? ids.length === 0 : isSaved(unsaved)) && !isSending) unsaved = undefined
}

function show() {
  const button = part('cast-vote')
  if (!part('cast')) return
  const [first, ...others] = unsaved?.values() ?? []
  const { label, labelFor } = button?.dataset ?? {}
  const wasFocused = button === document.activeElement || document.activeElement === document.body
  if (button && !isAsking()) {
    const isNamed = labelFor && first !== undefined && others.length === 0
    if (isNamed) name(button, labelFor, first)
    else button.textContent = label
    offerWithdrawal(button, unsaved?.size === 0)
    button.hidden = saved().length > 0 && unsaved === undefined
    // The focus stays at the choice that was saved, where it can be seen.
    if (button.hidden && wasFocused && !isSending)
      (boxes().find((box) => box.checked && isInView(box)) ?? part('vote-status')).focus({ preventScroll: true })
  }
  part('vote-status')?.toggleAttribute('data-outdated', unsaved !== undefined)
  sayUnsaved(unsaved ? describe(unsaved.size) : '')
}

/** Writes a label with the title in the place of the ellipsis. */
function name(button, label, title) {
  const [before, after] = label.split('…')
  button.replaceChildren(before, Object.assign(document.createElement('bdi'), { textContent: title }), after)
}

function describe(count) {
  const max = Number(part('cast').dataset.max)
  const isTooMany = max && count > max
  part('cast').toggleAttribute('data-too-many', Boolean(isTooMany))
  if (isTooMany) return `You chose ${count}. Choose up to ${max}.`
  return max ? `Not saved yet: ${count} of ${max} chosen.` : 'Not saved yet'
}

function update() {
  restoreChoices()
  dropQuestionUnless([...(unsaved?.keys() ?? saved())])
  show()
}

poll.addEventListener('change', ({ target }) => {
  if (target.name !== 'choice') return
  remember()
  dropQuestionUnless([...(unsaved?.keys() ?? saved())])
  show()
  if (part('cast')?.hasAttribute('data-too-many')) announce(part('unsaved').textContent)
})

const isVote = ({ request }) => request?.form?.id === 'ballot'

document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (!isVote(ctx)) return
  isSending = true
  ctx.sentChoices = unsaved && [...unsaved.keys()].join(' ')
})
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
  if (isVote(ctx)) isSending = false
})

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id !== 'vote') return
  isSending = false
  const isRefused = ctx.response?.status >= 400 || isAsking()
  const isChangedSince = (unsaved && [...unsaved.keys()].join(' ')) !== ctx.sentChoices
  if (isVote(ctx) && !isRefused && !isChangedSince) unsaved = undefined
  update()
})
document.addEventListener('polldock:changed', update)

// A form that was not cast comes back with its choices.
remember()
update()
