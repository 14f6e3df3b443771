// Progressive enhancement: pages update themselves, and forms are sent without a page load.

import htmx from './htmx.js'

const { stream: streamPath } = document.body.dataset
/** The minimum time between two updates of a page, in milliseconds. */
const pause = 150

function part(id) {
  return document.getElementById(id)
}

function say(text) {
  part('problem').textContent = text
  part('problem').hidden = text === ''
}

/** Shows that a request is pending. */
function wait(text) {
  part('pending').textContent = text
  part('pending').hidden = text === ''
}

/** Applies fetched pages one after the other. */
let shown = Promise.resolve()

function show(html) {
  shown = shown.catch(() => {}).then(() => takeOver(html))
  return shown
}

/** Replaces all live parts with those of a freshly rendered page. */
async function takeOver(html) {
  const page = new DOMParser().parseFromString(html, 'text/html')
  for (const target of document.querySelectorAll('[data-live]')) {
    const fresh = page.getElementById(target.id)
    if (fresh && fresh.innerHTML !== target.innerHTML)
      await htmx.swap({ sourceElement: target, target, text: fresh.innerHTML, swap: 'innerMorph' })
  }
  document.title = page.title
}

let isFetching = false
let isOld = false
/** Counts answered forms. A page that was fetched before the last answer is out of date. */
let answers = 0

/** One fetch at a time. A change meanwhile triggers another fetch. */
async function refresh() {
  isOld = true
  if (isFetching) return
  isFetching = true
  while (isOld) {
    isOld = false
    await fetchPage().catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, pause))
  }
  isFetching = false
}

async function fetchPage() {
  const before = answers
  const page = await fetch(location.href)
  // The page is gone, or the user is not in the flow any more.
  if (page.status === 404 || page.status === 403) return location.reload()
  const html = await page.text()
  if (answers !== before) isOld = true
  else if (page.ok) await show(html)
}

let stream

function disconnect() {
  stream?.close()
}

/** Hidden pages close their stream: over HTTP/1.1, a browser opens only six connections to a server. */
function connect() {
  disconnect()
  if (document.hidden) return
  stream = new EventSource(streamPath)
  stream.addEventListener('changed', refresh)
  stream.onopen = () => {
    part('connection').hidden = true
    void refresh()
  }
  stream.onerror = () => {
    part('connection').hidden = false
    // The browser reconnects automatically, except after an error response.
    if (stream.readyState === EventSource.CLOSED) setTimeout(connect, 5_000)
  }
}

async function send(form, submitter) {
  const page = await fetch(form.action, {
    method: 'POST',
    body: new URLSearchParams(new FormData(form, submitter)),
  }).catch(() => undefined)
  if (!page) return say('The sandbox could not be reached. Nothing you typed is lost; try again.')
  const html = await page.text()
  if (!page.ok) return say(new DOMParser().parseFromString(html, 'text/html').querySelector('#main p').textContent)
  say('')
  answers++
  history.replaceState(null, '', page.url)
  await show(html)
  if (!form.matches('[data-clear]')) return
  form.reset()
  form.elements.content.focus()
  part('entries').lastElementChild.scrollIntoView({ block: 'nearest' })
}

document.addEventListener('submit', async (event) => {
  const { target: form, submitter } = event
  if (!form.matches('[data-in-place]')) return
  event.preventDefault()
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  const menu = form.closest('details')
  menu?.removeAttribute('open')
  menu?.querySelector('summary').focus()
  if (menu) wait(`${submitter.textContent.trim()} …`)
  await send(form, submitter)
  wait('')
  form.ariaBusy = null
})

// Close a menu on Escape, and when the user clicks or focuses elsewhere.
document.addEventListener('keydown', ({ key, target }) => {
  const menu = key === 'Escape' ? target.closest?.('details[open]') : undefined
  menu?.removeAttribute('open')
  menu?.querySelector('summary').focus()
})
for (const kind of ['click', 'focusin']) {
  document.addEventListener(kind, ({ target }) => {
    for (const menu of document.querySelectorAll('details.menu[open]')) {
      if (!menu.contains(target)) menu.removeAttribute('open')
    }
  })
}

if (streamPath) {
  connect()
  window.addEventListener('pageshow', ({ persisted }) => {
    if (persisted) connect()
  })
  window.addEventListener('pagehide', disconnect)
  document.addEventListener('visibilitychange', connect)
}
