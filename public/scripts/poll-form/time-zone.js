// Selects the browser's time zone if none is selected. Without this script, people select it.

const { timeZone: own } = Intl.DateTimeFormat().resolvedOptions()

/** The form of a closed poll has no times; that of a new poll has a zone for dates, and one for the closing time. */
for (const zone of document.querySelectorAll('#timeZone, #datesZone')) {
  if (zone.value !== '' || !own) continue
  // Browsers use old and new names of zones. This one may be missing in the list; the server knows all of them.
  if (![...zone.options].some(({ value }) => value === own)) zone.add(new Option(own.replaceAll('_', ' '), own))
  zone.value = own
}
