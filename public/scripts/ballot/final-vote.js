// The page asks before it casts a final vote. The question is about what is chosen: it goes when that changes.

const part = (id) => document.getElementById(id)
/** A second click of a double click must not confirm. In milliseconds. */
const guardMs = 400

/** Whether the page asks now. */
export const isAsking = () => part('final-vote') !== null

/** @param choices what is chosen now, in the order of the ballot if that matters */
export function dropQuestionUnless(choices, isOrdered = false) {
  if (!isAsking()) return
  const asked = part('final-vote').dataset.choices.split(' ')
  const isSame = isOrdered ? (id, index) => id === asked[index] : (id) => asked.includes(id)
  if (choices.length !== asked.length || !choices.every(isSame)) dropQuestion()
}

function dropQuestion() {
  const question = part('final-vote')
  const hadFocus = question.contains(document.activeElement)
  const button = question.querySelector('.primary')
  button.removeAttribute('name')
  button.textContent = button.dataset.label
  part('not-yet').remove()
  question.replaceWith(question.querySelector('.actions'))
  if (hadFocus) button.focus()
  // The ballot's script names the choice on the button again.
  document.dispatchEvent(new Event('polldock:changed'))
}

function guard() {
  const buttons = [...part('final-vote').querySelectorAll('button')]
  for (const button of buttons) button.setAttribute('aria-disabled', 'true')
  setTimeout(() => {
    for (const button of buttons) button.removeAttribute('aria-disabled')
  }, guardMs)
}

document.addEventListener(
  'click',
  (event) => {
    const button = event.target.closest('#final-vote button')
    const isEarly = button?.getAttribute('aria-disabled') === 'true'
    if (isEarly || button?.id === 'not-yet') event.preventDefault()
    if (button?.id === 'not-yet' && !isEarly) dropQuestion()
  },
  { capture: true },
)

// Enter in a box sends the form, so it leads to the question, and never past it.
document.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || !isAsking() || !event.target.matches('#ballot :is([type=radio], [type=checkbox])'))
    return
  event.preventDefault()
  part('final-vote').focus()
})

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id !== 'vote' || !isAsking()) return
  guard()
  part('final-vote').focus()
})
