// What is kept of forms that are half filled in (see kept-form.js) is not for the next person at this browser.
document.addEventListener('submit', ({ target }) => {
  if (target.getAttribute('action') !== '/sign-out') return
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith('form ')) sessionStorage.setItem(key, '')
  } catch {
    // Nothing is kept where a browser keeps nothing for pages.
  }
})
