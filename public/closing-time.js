// A closing time is typed in the zone of whoever types it; the server is told by how many minutes that is ahead of UTC.
// Without this script it is typed in UTC, as the label says.

const minuteInMs = 60_000
const input = document.getElementById('closesAt')

/** A poll that is closed has none. */
if (input) {
  const offset = document.querySelector('input[name=closesAtOffset]')
  const minutesAhead = (at) => -at.getTimezoneOffset()

  const asUtc = new Date(`${input.value}Z`)
  if (!Number.isNaN(asUtc.getTime())) {
    const at = new Date(asUtc - Number(offset.value) * minuteInMs)
    input.value = new Date(at.getTime() + minutesAhead(at) * minuteInMs).toISOString().slice(0, 16)
  }
  document.getElementById('closes-zone').textContent =
    `your time zone, ${Intl.DateTimeFormat().resolvedOptions().timeZone.replaceAll('_', ' ')}`

  const tell = () => {
    const at = new Date(input.value)
    offset.value = Number.isNaN(at.getTime()) ? '' : minutesAhead(at)
  }
  input.addEventListener('input', tell)
  tell()
}
