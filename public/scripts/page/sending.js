// Shows on a button that its form is being sent, and ignores more clicks on it until then. A button that is released too
// early does no harm: the server makes one thing of a form that is sent twice, as without this script.

/** No event says that an answer is a file, or no page: so every button is released after this time, in milliseconds. */
const maxBusyMs = 10_000

/** The timer that releases each busy button. */
const timers = new Map()

/** Enter may press a hidden button. Then the form's main button shows that the form is being sent. */
function shownButton({ form, submitter }) {
  const button = submitter ?? form.querySelector('button:not([type=button])')
  return button?.checkVisibility() ? button : (form.querySelector('button.primary') ?? button)
}

function start(button) {
  if (!button) return
  release(button)
  button.setAttribute('aria-busy', 'true')
  timers.set(button, setTimeout(release, maxBusyMs, button))
}

function release(button) {
  clearTimeout(timers.get(button))
  timers.delete(button)
  button.removeAttribute('aria-busy')
}

function releaseAll() {
  for (const button of timers.keys()) release(button)
}

// This comes before all other listeners, so htmx does not see a second click.
document.addEventListener(
  'submit',
  (event) => {
    if (!timers.has(shownButton({ form: event.target, submitter: event.submitter }))) return
    event.preventDefault()
    event.stopImmediatePropagation()
  },
  { capture: true },
)

// A form that is sent in place. For a queued request, this event comes when it is sent; for a dropped request, never.
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (!ctx.request.form) return
  ctx.busyButton = shownButton(ctx.request)
  start(ctx.busyButton)
})
// This event comes after an answer of any status, an error, and an abort. By then the answer may have replaced the button.
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
  if (ctx.busyButton) release(ctx.busyButton)
})

// A form that leads to another page.
document.addEventListener('submit', ({ target, submitter, defaultPrevented }) => {
  if (!defaultPrevented) start(shownButton({ form: target, submitter }))
})
// The person may stop the request. After a file or an empty response, the same signal comes late, with the next
// navigation: forms that were sent since then are still under way. Older browsers have no such signal.
window.navigation?.addEventListener('navigate', ({ signal }) => {
  const started = [...timers]
  signal.addEventListener('abort', () => {
    for (const [button, timer] of started) if (timers.get(button) === timer) release(button)
  })
})
// Back shows the page as it was when the person left it.
window.addEventListener('pageshow', releaseAll)
