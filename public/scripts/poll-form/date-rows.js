// Fills in the times of the row above when a person chooses a day: the dates of a poll often start and end at the same
// time. The row stays empty until then, so it can be left out.

const rows = document.getElementById('date-rows')
const announcer = document.getElementById('rows-announcer')
/** Rows that have got times once. Who removes them wants whole days. */
const filled = new WeakSet()

const fieldsOf = (row) => ['from', 'to', 'lastDay'].map((name) => row.querySelector(`[name=${name}]`))

function rowAbove(row) {
  let above = row.previousElementSibling
  while (above && above.querySelector('[name=day]').value === '') above = above.previousElementSibling
  return above
}

rows.addEventListener('input', ({ target }) => {
  const row = target.closest('.option-row')
  // The person confirms a date in the past. Another one is asked about again.
  if (target.name !== 'pastDate') row.querySelector('.past-date')?.remove()
  if (target.name !== 'day' || target.value === '') return
  const above = rowAbove(row)
  const [from, to, lastDay] = fieldsOf(row)
  if (!above || filled.has(row) || [from, to, lastDay].some(({ value }) => value !== '')) return
  const [fromAbove, toAbove] = fieldsOf(above).map(({ value }) => value)
  if (fromAbove === '') return
  filled.add(row)
  Object.assign(from, { value: fromAbove })
  Object.assign(to, { value: toAbove })
  announcer.textContent = 'Times are the same as in the row above.'
})
