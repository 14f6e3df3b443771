// After a swap the focus stays in the swapped part: on the invalid field or a question, on the same control, or on the part itself.
// A live update of the same change may come before the response and hide or remove the focused control.

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
  const wrong = swapped.querySelector('[aria-invalid=true], #final-vote')
  if (wrong) return wrong.focus()
  const same = control.isConnected ? control : document.getElementById(control.id)
  // If that control is gone, a second key press must do nothing, so the focus never moves to another control.
  const next = same?.checkVisibility() ? same : swapped
  if (next === swapped) swapped.tabIndex = -1
  if (next !== document.activeElement) next.focus({ preventScroll: true })
})
