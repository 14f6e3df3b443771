// Chooses the time zone that the browser is in, where none is chosen yet. The field says it, so a form means what it
// shows. Without this script, people choose it themselves.

const zone = document.getElementById('timeZone')
const { timeZone: own } = Intl.DateTimeFormat().resolvedOptions()

/** A poll that is closed has no times to type. */
if (zone?.value === '' && own) {
  // Browsers give new names or old ones: this one may be missing in the list, and the server knows them all.
  if (![...zone.options].some(({ value }) => value === own)) zone.add(new Option(own.replaceAll('_', ' '), own))
  zone.value = own
}
