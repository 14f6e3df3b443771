// While categories are chosen, says how many polls each start would post. Without this script, the next page says it.

import { announce } from '../page/announce.js'

const form = document.getElementById('connection')
/** The delay after the last change, in milliseconds. */
const rest = 300
const counted = ['which', 'category', 'others']
let waiting
let asking

form.addEventListener('input', ({ target }) => {
  if (!counted.includes(target.name)) return
  clearTimeout(waiting)
  asking?.abort()
  waiting = setTimeout(ask, rest)
})

async function ask() {
  asking = new AbortController()
  const query = new URLSearchParams([...new FormData(form)].filter(([name]) => counted.includes(name)))
  const response = await fetch(`${form.dataset.count}?${query}`, { signal: asking.signal }).catch(() => undefined)
  if (response?.ok) show(new DOMParser().parseFromString(await response.text(), 'text/html'))
}

/** Texts change, boxes do not: a person may be choosing one. */
function show(fresh) {
  document.getElementById('shown-polls').value = fresh.getElementById('shown-polls').value
  for (const posts of fresh.querySelectorAll('[id^=posts-]')) {
    const shown = document.getElementById(posts.id)
    if (shown.textContent === posts.textContent) continue
    shown.textContent = posts.textContent
    const label = shown.closest('label')
    if (label.querySelector('input').checked) announce(label.textContent.trim())
  }
}
