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
