// Deletes kept forms (see kept-form.js): they are not for the next person at this browser.
document.addEventListener('submit', ({ target }) => {
  if (target.getAttribute('action') !== '/sign-out') return
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith('form ')) sessionStorage.setItem(key, '')
  } catch {
    // A browser without storage keeps nothing.
  }
})
