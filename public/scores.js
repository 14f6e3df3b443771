// After a vote, what the sliders show is what was saved; a browser leaves them where they were drawn.

const scores = () => document.getElementById('scores')
let saved = scores().dataset.choices

document.addEventListener('htmx:after:swap', () => {
  if (scores().dataset.choices === saved) return
  saved = scores().dataset.choices
  for (const input of scores().querySelectorAll('input')) input.value = input.defaultValue
})
