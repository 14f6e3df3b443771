const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' })

const units = [
  ['year', 31_536_000],
  ['month', 2_592_000],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** How long until then, such as "in 5 minutes"; at least a minute, as nobody counts seconds. */
export function untilThen(at: Date, now: Date): string {
  const seconds = 60 * Math.max(1, Math.ceil((at.getTime() - now.getTime()) / 60_000))
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? units[5]
  return relative.format(Math.round(seconds / length), unit)
}

/** How long ago, such as "2 hours ago". */
export function timeAgo(at: Date, now: Date): string {
  const seconds = Math.max(0, (now.getTime() - at.getTime()) / 1000)
  const unit = units.find(([, length]) => seconds >= length)
  return unit ? relative.format(-Math.floor(seconds / unit[1]), unit[0]) : 'just now'
}
