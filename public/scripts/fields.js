/** Sets a field back to what the page says. */
export function restore(input) {
  input.value = input.defaultValue
  input.checked = input.defaultChecked
}
