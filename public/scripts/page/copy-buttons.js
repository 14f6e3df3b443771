// Adds a button to each text that people copy, such as the link of a poll.

/**
 * Adds a button after each text that people copy. Over plain http, browsers do not let pages copy, so there is no
 * button.
 */
function showCopyButtons() {
  if (!navigator.clipboard) return
  for (const input of document.querySelectorAll('input[data-copy]')) {
    if (input.nextElementSibling?.matches('.copy')) continue
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'copy' })
    button.textContent = input.dataset.copy
    button.ariaLive = 'polite'
    input.after(button)
  }
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest?.('button.copy')
  if (!button) return
  const input = button.previousElementSibling
  input.select()
  await navigator.clipboard.writeText(input.value)
  button.textContent = 'Copied'
  setTimeout(() => {
    button.textContent = input.dataset.copy
  }, 2_000)
})

document.addEventListener('htmx:after:swap', showCopyButtons)
document.addEventListener('polldock:changed', showCopyButtons)
showCopyButtons()
