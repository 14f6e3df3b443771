/** Resets a field to the value in the page's HTML. */
export function restore(input) {
  input.value = input.defaultValue
  input.checked = input.defaultChecked
}
