import type { Operation } from './reference-model.ts'

/** A command line that does it, for a shell with the token in $TOKEN. */
export function curl(server: string, method: string, path: string, operation: Operation): string {
  const { parameters = [], requestBody, security, responses } = operation
  const isStream = Object.values(responses).some(({ content = {} }) => 'text/event-stream' in content)
  const isOpen = security.length === 0 || security.some((way) => Object.keys(way).length === 0)
  const body = requestBody?.content['application/json']?.example
  const filled = parameters.reduce((url, { name, example }) => url.replace(`{${name}}`, example ?? name), path)
  return [
    `curl ${isStream ? '--no-buffer ' : ''}${method === 'GET' ? '' : `--request ${method} `}${server}${filled}`,
    ...(isOpen ? [] : ['--header "Authorization: Bearer $TOKEN"']),
    ...(body ? ['--header "Content-Type: application/json"', `--data ${quoted(JSON.stringify(body))}`] : []),
  ].join(' \\\n  ')
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
