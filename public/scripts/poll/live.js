// Keeps an open poll page at the poll's newest revision, from a stream of server-sent events.

import { restore, setSaving } from '../ballot/fields.js'
import { isAsking } from '../ballot/final-vote.js'
import htmx from '../htmx.js'
import { announce, announceResult } from '../page/announce.js'

const poll = document.getElementById('poll')

function part(id) {
  return document.getElementById(id)
}

/** The form for a ranking, points or dates. */
const { ownBallot } = poll.dataset

function morph(target, html) {
  return htmx.swap({ sourceElement: target, target, text: html, swap: 'innerMorph' })
}

/** Adds new items of `html` before the others, and removes the oldest ones. */
function prepend(list, html) {
  const template = document.createElement('template')
  template.innerHTML = html
  add(
    list,
    [...template.content.children].filter(({ id }) => !part(id)),
  )
}

/** Adds new entries of the activity. An entry that continues an earlier one replaces it. */
function addActivity(list, html) {
  const template = document.createElement('template')
  template.innerHTML = html
  const fresh = [...template.content.children]
  for (const { id } of fresh) part(id)?.remove()
  add(list, fresh)
}

function add(list, items) {
  list.prepend(...items)
  const most = Number(list.dataset.most)
  while (most && list.children.length > most) list.lastElementChild.remove()
}

/** Marks the person's own choices: the stream is the same for all viewers. */
function markMine(choices) {
  poll.dataset.choices = choices.join(' ')
  for (const option of poll.querySelectorAll('#results .option')) {
    const isMine = choices.includes(option.dataset.option)
    option.toggleAttribute('data-mine', isMine)
    const mark = option.querySelector('.mine')
    if (!isMine) mark?.remove()
    else if (!mark) option.querySelector('.option-about').insertAdjacentHTML('afterbegin', poll.dataset.mark)
    const box = option.querySelector('input')
    const isAside = poll.dataset.aside === 'true'
    const isSettled = poll.dataset.final === 'true' && (isMine || (box?.type === 'radio' && choices.length > 0))
    if (box) box.disabled = isAside || isSettled || (option.hasAttribute('data-full') && !isMine)
  }
}

/** The places of parts that the page left out, in the order of the page. */
const places = {
  'sign-in-first': ['ballot', 'beforebegin'],
  'how-to-vote': ['results', 'beforebegin'],
  'who-votes': ['vote-meaning', 'beforebegin'],
  ...(ownBallot && { [ownBallot]: ['results', 'beforebegin'] }),
  ...(!ownBallot && { cast: ['results', 'afterend'] }),
  'add-option': ['vote', 'afterend'],
}

/** The parts that apply now. The style sheet hides the others. */
function applying() {
  const { status, limited, signedIn, aside, optionsOpen } = poll.dataset
  if (status !== 'open') return []
  const isGuest = limited === 'true' && signedIn === 'false'
  const mayVote = !isGuest && aside === 'false'
  return [
    isGuest && 'sign-in-first',
    mayVote && 'how-to-vote',
    mayVote && limited === 'true' && 'who-votes',
    mayVote && ownBallot,
    mayVote && !ownBallot && 'cast',
    optionsOpen === 'true' && 'add-option',
  ].filter(Boolean)
}

/**
 * After reopening, or a change of who may add options, parts of the page are missing. Viewers fetch them at random
 * moments.
 */
async function fetchMissing() {
  const isMissing = (id) => !part(id)
  if (!applying().some(isMissing)) return
  await new Promise((resolve) => setTimeout(resolve, 500 * Math.random()))
  const fresh = await freshPage()
  for (const id of Object.keys(places).filter(isMissing)) {
    const found = fresh.getElementById(id)
    const [beside, where] = places[id]
    if (!found || !part(beside)) continue
    part(beside).insertAdjacentElement(where, found)
    htmx.process(found)
  }
}

/** The creator's controls depend on the poll: it can be deleted only while nobody has voted. */
async function refreshCreator({ controls, proposals }) {
  const creator = part('creator')
  const shown = [...part('proposals').querySelectorAll('li')].map(({ id }) => id)
  const offered = new DOMParser().parseFromString(proposals, 'text/html').querySelectorAll('li')
  const isCurrent = creator.dataset.controls === controls
  if (isCurrent && shown.join() === [...offered].map(({ id }) => id).join()) return
  const fresh = await freshPage()
  // The creator may have signed out in another tab.
  if (!fresh.getElementById('creator')) {
    creator.remove()
    poll.dataset.creator = 'false'
    return morph(part('proposals'), proposals)
  }
  // Open details stay open.
  for (const { id } of creator.querySelectorAll('details[open]')) fresh.getElementById(id)?.setAttribute('open', '')
  const hadFocus = creator.contains(document.activeElement)
  for (const id of ['creator', 'proposals']) await morph(part(id), fresh.getElementById(id).innerHTML)
  Object.assign(creator.dataset, fresh.getElementById('creator').dataset)
  if (hadFocus && !creator.contains(document.activeElement)) part('creator-heading').focus({ preventScroll: true })
}

/** The comments of the stream are the same for all viewers. What a person may do with one is on the page. */
async function showComments({ newComments, allComments }) {
  const list = part('comment-list')
  if (allComments === undefined && newComments === '') return
  const { creator, person } = poll.dataset
  const template = document.createElement('template')
  template.innerHTML = allComments ?? newComments
  const isManaged = ({ dataset }) => creator === 'true' || (person !== '' && dataset.author === person)
  const isNew = ({ id }) => allComments !== undefined || !part(id)
  const areManaged = [...template.content.children].some((item) => isNew(item) && isManaged(item))
  const fresh = areManaged && (await freshPage()).getElementById('comment-list')
  if (fresh || allComments !== undefined) await morph(list, fresh ? fresh.innerHTML : allComments)
  else prepend(list, newComments)
}

async function freshPage() {
  const answer = await fetch(poll.dataset.path)
  if (!answer.ok) throw new Error(`The page answered ${answer.status}`)
  return new DOMParser().parseFromString(await answer.text(), 'text/html')
}

/** Results that only voters may see are not in the stream: this fetches the page. */
async function refreshSeen() {
  const fresh = await freshPage()
  for (const id of ['results', 'result-links', 'event-list']) {
    const seen = fresh.getElementById(id)
    if (seen) await morph(part(id), seen.innerHTML)
  }
  showCounts(fresh)
}

/** The counts of dates are in the rows of the ballot, next to answers that may be unsaved. */
function showCounts(source) {
  for (const count of source.querySelectorAll('[id^=count-]')) part(count.id)?.replaceChildren(...count.childNodes)
}

/** The choices on the person's ballot that this page shows. */
function knownChoices() {
  return ownBallot ? (part(ownBallot)?.dataset.choices ?? '') : mine().join(' ')
}

function hasVoted() {
  return knownChoices() !== ''
}

/** Whether the field differs from its saved value. */
function isSet({ value, defaultValue, checked, defaultChecked }) {
  return value !== defaultValue || checked !== defaultChecked
}

/** The title of this field's option. */
function titleAt(input) {
  return input.closest('[data-title]')?.dataset.title
}

/**
 * The ballot's form comes with the page. It is fetched again when the ballot, an option or a title changed elsewhere.
 */
async function refreshOwnBallot(choices) {
  const own = part(ownBallot)
  if (!own) return
  const { options } = part('standing').dataset
  const isCurrent = choices ? choices.join(' ') === own.dataset.choices : options === own.dataset.options
  if (isCurrent) return
  const newOwn = (await freshPage()).getElementById(ownBallot)
  if (!newOwn) return
  const typed = [...own.querySelectorAll('li input')].filter((input) => 'unsaved' in own.dataset || isSet(input))
  // An answer to an old title is not kept for a new title: that option is asked again.
  const kept = typed.map((input) => ({
    id: input.id,
    value: input.value,
    checked: input.checked,
    title: titleAt(input),
  }))
  await morph(own, newOwn.innerHTML)
  delete own.dataset.unsaved
  Object.assign(own.dataset, newOwn.dataset)
  document.dispatchEvent(new Event('polldock:own-ballot'))
  for (const input of own.querySelectorAll('input')) restore(input)
  for (const { id, title, ...set } of kept) if (part(id) && titleAt(part(id)) === title) Object.assign(part(id), set)
}

/** The status of the vote comes with the page. It is fetched again when something that it names changed elsewhere. */
async function refreshVoteStatus({ isOutdated }) {
  const status = part('cast') ?? part('vote-status')
  // The response to a vote brings it.
  if (!status || !isOutdated || votesUnderWay > 0) return
  const fresh = (await freshPage()).getElementById(status.id)
  if (!fresh) return
  await morph(status, fresh.innerHTML)
  status.hidden = fresh.hidden
  Object.assign(status.dataset, fresh.dataset)
}

/** The page says where the ballot with this receipt was published as soon as the poll closes. */
async function refreshReceipt() {
  const fresh = (await freshPage()).getElementById('own-receipt')
  if (fresh) await morph(part('own-receipt'), fresh.innerHTML)
}

/** What the status of the vote names. */
function namedInStatus() {
  const closes = poll.querySelector('#head time[data-exact]')?.dateTime
  return hasVoted() ? [closes, part('standing').dataset.options].join() : ''
}

/** Shows the vote of a guest that does not count, as only signed-in people may vote. */
async function showSetAside(choices) {
  const explanation = part('sign-in-first')
  if (!explanation || (choices.length === 0 && !part('set-aside'))) return
  const fresh = (await freshPage()).getElementById('sign-in-first')
  if (fresh) await morph(explanation, fresh.innerHTML)
}

/** Shows what the creator did to the person's vote, until they vote again. After a vote was set aside they cannot. */
async function showNotice(hasNotice) {
  const notice = part('ballot-notice')
  const page = hasNotice ? await freshPage() : undefined
  const fresh = page?.getElementById('ballot-notice')
  poll.dataset.aside = page?.getElementById('poll').dataset.aside ?? 'false'
  if (fresh || notice.textContent.trim() !== '') await morph(notice, fresh ? fresh.innerHTML : '')
}

/** The list shows the newest items. A link after it leads to all. */
function linkToAll(list, id, href, text) {
  if (!part(id)) list.insertAdjacentHTML('afterend', `<p id="${id}"><a href="${href}">${text}</a></p>`)
}

function mine() {
  const known = poll.dataset.choices ?? poll.querySelector('.options').dataset.choices
  return known.split(' ').filter(Boolean)
}

function readResult() {
  return part('standing').textContent.replace(/\s+/g, ' ').trim()
}

/**
 * People now vote under other rules, so the ballot of this page is outdated.
 *
 * @returns false if only a new page can show it
 */
async function showNewRules() {
  const fresh = await freshPage()
  const { dataset } = fresh.getElementById('poll')
  if (dataset.ownBallot === ownBallot) {
    Object.assign(poll.dataset, { final: dataset.final, forVoters: dataset.forVoters })
    await morph(part('vote'), fresh.getElementById('vote').innerHTML)
    announce('The rules of this poll were changed.')
    return true
  }
  disconnect()
  const typed = poll.querySelectorAll('#new-comment, #add-option :is(input:not([type=hidden]), textarea)')
  if (![...typed].some(isSet)) return location.reload()
  const notice = part('connection')
  notice.innerHTML = `The rules of this poll were changed. <a href="${poll.dataset.path}">Show them</a>`
  notice.hidden = false
  return false
}

async function show(frame) {
  if (frame.revision <= Number(poll.dataset.revision)) return
  if (frame.status === 'deleted') return location.reload()
  if (frame.rulesRevision > Number(poll.dataset.revision) && !(await showNewRules())) return
  const choices = ownBallot ? [] : mine()
  const named = namedInStatus()
  const hasClosedOrReopened = poll.dataset.status !== frame.status
  poll.dataset.status = frame.status
  poll.dataset.optionsOpen = String(!frame.areOptionsSettled && (frame.optionsOpen || poll.dataset.creator === 'true'))
  poll.dataset.limited = String(frame.votersSignedIn)
  poll.dataset.forVoters = frame.areForVoters
  const results = (poll.dataset.signedIn === 'false' && frame.guestResults) || frame.results
  await morph(part('head'), frame.head)
  if (frame.areForVoters && hasVoted()) await refreshSeen()
  else {
    await morph(part('results'), results)
    await morph(part('result-links'), frame.resultLinks)
    // Where results were hidden until now, what happened before says more than it did.
    if (frame.revealedActivity) await morph(part('event-list'), frame.revealedActivity)
    else addActivity(part('event-list'), frame.activity)
    showCounts(new DOMParser().parseFromString(frame.counts ?? '', 'text/html'))
  }
  if (ownBallot) await refreshOwnBallot()
  else markMine(choices)
  if (poll.dataset.creator === 'true') await refreshCreator(frame)
  else await morph(part('proposals'), frame.proposals)
  await fetchMissing()
  await refreshVoteStatus({ isOutdated: named !== namedInStatus() })
  if (hasClosedOrReopened && part('own-receipt')) await refreshReceipt()
  await showComments(frame)
  poll.querySelector('[data-count=comments]').textContent = frame.comments
  const [events, comments] = [part('event-list'), part('comment-list')]
  if (frame.revision > Number(events.dataset.most))
    linkToAll(events, 'all-activity', `${poll.dataset.path}/activity`, 'All activity')
  if (frame.comments > comments.children.length)
    linkToAll(comments, 'all-comments', `${poll.dataset.path}/comments`, 'All comments')
  poll.dataset.revision = frame.revision
  if (frame.status === 'closed' && part('share-hint')) {
    part('share-hint').remove()
    part('share').textContent = 'Share'
  }
  // During an upgrade, a process of the previous version sends no title.
  if (frame.windowTitle) document.title = `${frame.windowTitle} · Polldock`
  document.dispatchEvent(new Event('polldock:changed'))
  announceResult(readResult)
}

/** Frames are applied one after the other. */
let shown = Promise.resolve()
let stream

function disconnect() {
  stream?.close()
}

/**
 * Over HTTP/1.1 a browser opens six connections to a server, and each stream takes one. So a hidden page has no stream.
 */
function connect() {
  disconnect()
  if (document.hidden) return
  stream = new EventSource(`${poll.dataset.stream}?since=${poll.dataset.revision}`)
  stream.addEventListener('poll', ({ data }) => {
    shown = shown.then(() => show(JSON.parse(data))).catch(tryAgain)
  })
  stream.addEventListener('ballot', ({ data }) => {
    shown = shown
      .then(async () => {
        const { choices, setAside = [], hasNotice = false } = JSON.parse(data)
        const isOutdated = choices.join(' ') !== knownChoices()
        await showNotice(hasNotice)
        if (ownBallot) await refreshOwnBallot(choices)
        else markMine(choices)
        await refreshVoteStatus({ isOutdated })
        if (poll.dataset.forVoters === 'true') await refreshSeen()
        await fetchMissing()
        await showSetAside(setAside)
        document.dispatchEvent(new Event('polldock:changed'))
      })
      .catch(tryAgain)
  })
  stream.onopen = () => sayConnected(true)
  stream.onerror = () => {
    sayConnected(false)
    // The browser reconnects by itself unless the answer was an error page.
    if (stream.readyState === EventSource.CLOSED) setTimeout(reconnect, 5_000)
  }
}

function sayConnected(isConnected) {
  const notice = part('connection')
  notice.hidden = isConnected
  notice.textContent = isConnected ? '' : 'Not connected. What you see may be old; trying again …'
}

/** Asks again for everything since the revision that the page shows. */
function tryAgain() {
  sayConnected(false)
  disconnect()
  setTimeout(connect, 2_000 + 3_000 * Math.random())
}

async function reconnect() {
  const page = await fetch(poll.dataset.path, { method: 'HEAD' }).catch(() => undefined)
  if (page?.status === 410) location.reload()
  else connect()
}

// The response to a vote has its own results, which may be newer than the page's.
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id === 'vote' && poll.querySelector('#results .option'))
    poll.dataset.choices = poll.querySelector('.options').dataset.choices
})

let votesUnderWay = 0
document.addEventListener('htmx:before:request', ({ detail: { ctx } }) => {
  if (!isVote(ctx.request)) return
  votesUnderWay += 1
  setSaving(true)
})
document.addEventListener('htmx:finally:request', ({ detail: { ctx } }) => {
  if (!isVote(ctx.request)) return
  votesUnderWay -= 1
  setSaving(votesUnderWay > 0)
})

// Says what the person's own vote did.
document.addEventListener('htmx:after:swap', ({ detail: { ctx } }) => {
  if (ctx?.target?.id !== 'vote' || ctx.response?.status >= 400 || !isVote(ctx.request)) return
  const status = part('vote-status')
  if (isAsking()) return
  if (!status) return announce('Your vote is counted, and the poll is closed now.')
  if (!hasVoted()) {
    status.hidden = false
    status.textContent = 'Your vote was withdrawn.'
  }
  announce(status.textContent.replace(/\s+/g, ' ').trim())
})

/** @param request undefined when a live update swaps a part */
function isVote(request) {
  return request?.form?.id === 'ballot'
}

// A form leads to another page. Meanwhile no live update may lead elsewhere, as the deletion of the poll would. If
// the browser returns to this page, the page catches up.
document.addEventListener('submit', ({ defaultPrevented }) => {
  if (!defaultPrevented) disconnect()
})
window.addEventListener('pageshow', ({ persisted }) => {
  if (persisted) connect()
})
window.addEventListener('pagehide', disconnect)
// A page that becomes visible catches up with the events since its revision.
document.addEventListener('visibilitychange', connect)

connect()
