// What every page does beyond its HTML: times that stay true, buttons that copy, and words for what went wrong.

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
/** Older browsers have none; there, the server's words stay. */
const duration = Intl.DurationFormat && new Intl.DurationFormat('en', { style: 'long' })

function showTimes() {
  for (const time of document.querySelectorAll('time[data-relative]')) {
    const at = new Date(time.dateTime)
    const seconds = Math.max(0, (Date.now() - at) / 1000)
    const unit = units.find(([, length]) => seconds >= length)
    const text = unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : 'just now'
    if (time.textContent !== text) time.textContent = text
    time.title = exact.format(at)
  }
}

/** The two largest units that are left, counted down to the second in the last hour. */
function showCountdowns() {
  if (!duration) return
  for (const time of document.querySelectorAll('time[data-until]')) {
    const at = new Date(time.dateTime)
    const text = timeLeft(Math.ceil((at - Date.now()) / 1000))
    if (time.textContent !== text) time.textContent = text
    time.title = exact.format(at)
  }
}

function timeLeft(seconds) {
  if (seconds <= 0) return 'now'
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3_600)
  const minutes = Math.floor((seconds % 3_600) / 60)
  const left = days > 0 ? { days, hours } : hours > 0 ? { hours, minutes } : { minutes, seconds: seconds % 60 }
  return `in ${duration.format(left)}`
}

function showExactTimes() {
  for (const time of document.querySelectorAll('time[data-exact]')) {
    const text = exact.format(new Date(time.dateTime))
    if (time.textContent !== text) time.textContent = text
  }
}

const dayParts = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }
const dates = new Intl.DateTimeFormat('en-GB', { ...dayParts, hour: '2-digit', minute: '2-digit' })
const { timeZone } = dates.resolvedOptions()

/** Times among options, which the server shows in the zone of the poll, are shown in one's own; days are the same in all. */
function showDates() {
  for (const time of document.querySelectorAll('time[data-dates*=T]')) {
    const [from, to] = time.dataset.dates.split('/').map((end) => new Date(end))
    const text = to ? dates.formatRange(from, to) : dates.format(from)
    if (time.textContent !== text) time.textContent = text
  }
  for (const zone of document.querySelectorAll('[data-zone]'))
    zone.textContent = `your time zone, ${timeZone.replaceAll('_', ' ')}`
}

/** Times are read in the zone that the form shows. No field holds it, which a browser could restore with an older value. */
document.addEventListener('formdata', ({ target, formData }) => {
  if (target.querySelector('[data-zone]') && formData.has('timeZone')) formData.set('timeZone', timeZone)
})

/** A text that is there to be copied gets a button behind it; without this script, or over plain http, it is none. */
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

function refresh() {
  showTimes()
  showCountdowns()
  showExactTimes()
  showDates()
  showCopyButtons()
}

function say(text) {
  const notice = document.getElementById('notice')
  notice.textContent = text
  notice.hidden = text === ''
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

// What is kept of forms that are half filled in (see kept-form.js) is not for the next person at this browser.
document.addEventListener('submit', ({ target }) => {
  if (target.getAttribute('action') !== '/sign-out') return
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith('form ')) sessionStorage.setItem(key, '')
  } catch {
    // Nothing is kept where a browser keeps nothing for pages.
  }
})

// A form that was sent in place and got a page of another kind: say what that page says, and leave the form alone.
document.addEventListener('htmx:before:swap', (event) => {
  const { ctx } = event.detail
  if (!ctx?.select) return
  const answer = new DOMParser().parseFromString(ctx.text, 'text/html')
  takeToken(answer)
  // What concerns the poll as a whole stands at the top of its page: say it where the person is looking.
  const refusal = answer.querySelector('#refusal')
  if (answer.querySelector(ctx.select)) return say(refusal?.closest(ctx.select) ? '' : textOf(refusal))
  event.preventDefault()
  const explanation = answer.querySelector('#error-page .explanation, main [role=alert]')
  if (explanation) say([explanation, answer.querySelector('.fault .request-id')].map(textOf).join(' ').trim())
  else if (answer.querySelector('#display-name')) sendAgain(ctx.request)
  // A proxy in front of the server has answered for it.
  else if (ctx.response.status >= 400) say('The server could not be reached. Nothing you typed is lost; try again.')
  else location.reload()
})

const textOf = (element) => element?.textContent ?? ''

/** Should this page's CSRF token have expired, its forms can be sent again with that of the answer. */
function takeToken(answer) {
  const token = answer.querySelector('meta[name=csrf-token]')?.content
  if (token) for (const field of document.querySelectorAll('input[name=_csrf]')) field.value = token
}

/** Sends the form as a browser does by itself: the page that it leads to asks for a name, and carries on. */
function sendAgain({ form, submitter }) {
  if (submitter?.name) {
    const { name, value } = submitter
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  }
  HTMLFormElement.prototype.submit.call(form)
}

// After a swap the focus stays in the swapped part: at the field that is wrong, at the same control, or at the part itself.
// News of the same change may come before the answer, and have hidden or removed the control that had the focus.
document.addEventListener('htmx:config:request', ({ detail: { ctx } }) => {
  ctx.sentFrom = document.activeElement
  ctx.sentWithin = []
  for (let place = ctx.sentFrom; place; place = place.parentElement) ctx.sentWithin.push(place.id)
})
document.addEventListener('htmx:before:swap', ({ detail: { ctx, tasks } }) => {
  const target = tasks?.[0]?.target
  const isLost = document.activeElement === document.body
  const control = isLost ? ctx.sentFrom : document.activeElement
  const wasWithin = isLost && target?.id && ctx.sentWithin?.includes(target.id)
  if (target?.contains(control) || wasWithin) ctx.leftAt = { target: target.id, control }
})
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (!ctx.leftAt) return
  const { target, control } = ctx.leftAt
  const swapped = document.getElementById(target)
  const wrong = swapped.querySelector('[aria-invalid=true]')
  if (wrong) return wrong.focus()
  const same = control.isConnected ? control : document.getElementById(control.id)
  // Where that control is gone, pressing the key again must do nothing: the focus goes to no button that does something.
  const places = [same, ...swapped.querySelectorAll('[aria-disabled=true]')]
  const next = places.find((place) => place?.checkVisibility()) ?? swapped
  if (next === swapped) swapped.tabIndex = -1
  if (next !== document.activeElement) next.focus({ preventScroll: true })
})
document.addEventListener('htmx:error', () =>
  say('The server could not be reached. Nothing you typed is lost; try again.'),
)
document.addEventListener('htmx:after:swap', refresh)
document.addEventListener('polldock:changed', refresh)

refresh()
setInterval(showTimes, 30_000)
setInterval(showCountdowns, 1_000)
