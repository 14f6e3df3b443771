// Adds a button that shares a link with the device's own dialogue, where it has one.

for (const input of document.querySelectorAll('input[data-share]')) {
  if (!navigator.share) break
  const button = Object.assign(document.createElement('button'), { type: 'button', textContent: 'Share' })
  input.parentElement.append(button)
  button.addEventListener('click', async () => {
    const shared = { title: input.dataset.share, url: input.value }
    // People close the dialogue without sharing; some browsers have the function and refuse to use it.
    await navigator.share(shared).catch(({ name }) => name !== 'AbortError' && input.select())
  })
}
