// Keeps relative times and countdowns true, and shows times in the zone of the browser.

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

function refresh() {
  showTimes()
  showCountdowns()
  showExactTimes()
  showDates()
}

document.addEventListener('htmx:after:swap', refresh)
document.addEventListener('polldock:changed', refresh)
refresh()
setInterval(showTimes, 30_000)
setInterval(showCountdowns, 1_000)
