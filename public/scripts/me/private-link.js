// Fills the private link of the address into the form, and takes it out of the address: other people may see that, and
// the history keeps it.

const field = document.querySelector('#private-link [name=key]')
if (field && location.hash.length > 1) {
  field.value = location.href
  history.replaceState(null, '', location.pathname)
  document.querySelector('#private-link [type=submit]').focus()
}
