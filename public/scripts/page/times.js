// Updates relative times and countdowns, and shows times in the browser's zone.

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })
/** In the language of the page, whatever the language of the browser. */
const exact = new Intl.DateTimeFormat('en-GB', { dateStyle: 'full', timeStyle: 'short' })
/** Older browsers do not have this; they keep the server's text. */
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

/** The two largest units; in the last hour, minutes and seconds. */
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

const soon = new Intl.DateTimeFormat('en-GB', { weekday: 'long', hour: '2-digit', minute: '2-digit' })
const later = { weekday: 'long', day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit' }
const inThisYear = new Intl.DateTimeFormat('en-GB', later)
const inAnotherYear = new Intl.DateTimeFormat('en-GB', { ...later, year: 'numeric' })
const soonMs = 6 * 86_400_000

/** Times in a sentence: the weekday alone for the next days. */
function showTimesInSentences() {
  for (const time of document.querySelectorAll('time[data-until-then]')) {
    const at = new Date(time.dateTime)
    const isThisYear = at.getFullYear() === new Date().getFullYear()
    const format = at - Date.now() < soonMs ? soon : isThisYear ? inThisYear : inAnotherYear
    const text = format.format(at)
    if (time.textContent !== text) time.textContent = text
  }
}

const dayParts = { weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' }
const dates = new Intl.DateTimeFormat('en-GB', { ...dayParts, hour: '2-digit', minute: '2-digit' })
const { timeZone } = dates.resolvedOptions()

/**
 * Shows times of date options in the browser's zone. The server shows them in the poll's zone. Whole days stay the
 * same.
 */
function showDates() {
  for (const time of document.querySelectorAll('time[data-dates*=T]:not([data-short])')) {
    const [from, to] = time.dataset.dates.split('/').map((end) => new Date(end))
    const text = to ? dates.formatRange(from, to) : dates.format(from)
    if (time.textContent !== text) time.textContent = text
  }
  for (const time of document.querySelectorAll('time[data-dates*=T][data-short]')) showShort(time)
  for (const zone of document.querySelectorAll('[data-zone]'))
    zone.textContent = `your time zone, ${timeZone.replaceAll('_', ' ')}`
}

const shortDay = { weekday: 'short', day: 'numeric', month: 'short' }
const shortDays = new Intl.DateTimeFormat('en-GB', shortDay)
const shortDaysOfYears = new Intl.DateTimeFormat('en-GB', { ...shortDay, year: 'numeric' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const dayInMs = 86_400_000

/** The head of a table's column, as the server writes it: the day, then the times. A night has only its first day. */
function showShort(time) {
  const [from, to = from] = time.dataset.dates.split('/').map((end) => new Date(end))
  const format = time.dataset.short === 'year' ? shortDaysOfYears : shortDays
  const day = format.formatRange(from, to - from < dayInMs ? from : to).replaceAll(' ', '\u00A0')
  const clocks = [...new Set([from, to].map((at) => clock.format(at)))].join('–')
  for (const [index, text] of [day, clocks].entries())
    if (time.children[index].textContent !== text) time.children[index].textContent = text
}

/** Sends the zone that the form shows. It is not a field, as a browser could restore an older value. */
document.addEventListener('formdata', ({ target, formData }) => {
  if (target.querySelector('[data-zone]') && formData.has('timeZone')) formData.set('timeZone', timeZone)
})

function refresh() {
  showTimes()
  showCountdowns()
  showExactTimes()
  showTimesInSentences()
  showDates()
}

document.addEventListener('htmx:after:swap', refresh)
document.addEventListener('polldock:changed', refresh)
refresh()
setInterval(showTimes, 30_000)
setInterval(showCountdowns, 1_000)
