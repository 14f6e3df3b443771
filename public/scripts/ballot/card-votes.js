// Says what a vote in a list did. Without this script, the next page says so.

import { announce } from '../page/announce.js'

document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  const card = document.getElementById(ctx?.target?.id)
  const status = card?.querySelector('.vote-status')
  if (!status || ctx.response?.status >= 400) return
  if (status.hidden) {
    status.hidden = false
    status.textContent = 'Your vote was withdrawn.'
  }
  announce(status.textContent.replace(/\s+/g, ' ').trim())
})

// A double click would vote, and withdraw the vote.
document.addEventListener(
  'click',
  (event) => {
    if (event.detail > 1 && event.target.closest('.card button[aria-pressed]')) event.preventDefault()
  },
  { capture: true },
)
