/** The lines of a pasted text, without empty ones. The server splits texts at the same characters. */
export function pastedLines({ clipboardData }) {
  const text = clipboardData?.getData('text/plain') ?? ''
  return text.split(/[\r\n\u2028\u2029]+/).filter((line) => line.trim() !== '')
}
