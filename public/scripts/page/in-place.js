// When a form that was sent in place gets another kind of page, this shows the message of that page and keeps the
// form.

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
  // An error about the whole poll is at the top of its page. Show it where the person is.
  const refusal = answer.querySelector('#refusal')
  if (answer.querySelector(ctx.select)) return say(refusal?.closest(ctx.select) ? '' : textOf(refusal))
  event.preventDefault()
  const explanation = answer.querySelector('#error-page .explanation, main [role=alert]')
  if (explanation) say([explanation, answer.querySelector('.fault .request-id')].map(textOf).join(' ').trim())
  else if (answer.querySelector('#display-name')) sendAgain(ctx.request)
  // A proxy answered instead of the server.
  else if (ctx.response.status >= 400) say('The server could not be reached. Nothing you typed is lost; try again.')
  else location.reload()
})

const textOf = (element) => element?.textContent ?? ''

/** If the CSRF token has expired, the form can be sent again with the token of the response. */
function takeToken(answer) {
  const token = answer.querySelector('meta[name=csrf-token]')?.content
  if (token) for (const field of document.querySelectorAll('input[name=_csrf]')) field.value = token
}

/** Sends the form without htmx: the next page asks for a name and then continues. */
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
