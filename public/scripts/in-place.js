// A form that was sent in place and got a page of another kind: says what that page says, and leaves the form alone.

function say(text) {
  const notice = document.getElementById('notice')
  notice.textContent = text
  notice.hidden = text === ''
}

document.addEventListener('htmx:before:swap', (event) => {
  const { ctx } = event.detail
  if (!ctx?.select) return
  const answer = new DOMParser().parseFromString(ctx.text, 'text/html')
  takeToken(answer)
  // What concerns the poll as a whole stands at the top of its page: say it where the person is looking.
  const refusal = answer.querySelector('#refusal')
  if (answer.querySelector(ctx.select)) return say(refusal?.closest(ctx.select) ? '' : textOf(refusal))
  event.preventDefault()
  const explanation = answer.querySelector('#error-page .explanation, main [role=alert]')
  if (explanation) say([explanation, answer.querySelector('.fault .request-id')].map(textOf).join(' ').trim())
  else if (answer.querySelector('#display-name')) sendAgain(ctx.request)
  // A proxy in front of the server has answered for it.
  else if (ctx.response.status >= 400) say('The server could not be reached. Nothing you typed is lost; try again.')
  else location.reload()
})

const textOf = (element) => element?.textContent ?? ''

/** Should this page's CSRF token have expired, its forms can be sent again with that of the answer. */
function takeToken(answer) {
  const token = answer.querySelector('meta[name=csrf-token]')?.content
  if (token) for (const field of document.querySelectorAll('input[name=_csrf]')) field.value = token
}

/** Sends the form as a browser does by itself: the page that it leads to asks for a name, and carries on. */
function sendAgain({ form, submitter }) {
  if (submitter?.name) {
    const { name, value } = submitter
    form.append(Object.assign(document.createElement('input'), { type: 'hidden', name, value }))
  }
  HTMLFormElement.prototype.submit.call(form)
}

document.addEventListener('htmx:error', () =>
  say('The server could not be reached. Nothing you typed is lost; try again.'),
)
