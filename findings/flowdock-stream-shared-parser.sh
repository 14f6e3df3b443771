#!/usr/bin/env bash
# All clients of flowdock-stream in a process share one parser, so each client gets the messages of every other client's
# flows, also with another token. And `send` with a callback, as its README shows it, sends no token.
#
# Versions: flowdock-stream 1.1.1 on Node.js 20.20 and 24.21.
# Behaviour: the parser is a property of the client's prototype. Every client pipes its stream into it, and gets all that comes
# out. The callback of `send` is called before the request instead of after it, and what it returns is sent as the bearer token.
# Output seen:
#   client of main: in main, in lunch-club
#   client of lunch-club: in main, in lunch-club
#   credentials without a callback: Basic
#   credentials with a callback: Bearer
# This script fails when that changes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund flowdock-stream@1.1.1

cat >example.cjs <<'JS'
const { createServer } = require('node:http')
const { Agent } = require('node:https')
const { connect } = require('node:net')
const { setTimeout: sleep } = require('node:timers/promises')
const { createClient } = require('flowdock-stream')

const names = ['main', 'lunch-club']
const flows = names.map((name) => ({ id: name, parameterized_name: name, users: [{ id: 1, nick: 'Ann' }] }))
const credentials = []
const server = createServer((request, response) => {
  const filter = new URL(request.url, 'http://localhost').searchParams.get('filter')
  if (request.method === 'POST') {
    credentials.push(request.headers.authorization)
    return response.writeHead(202).end()
  }
  if (!filter) return response.end(JSON.stringify(flows))
  const flow = filter.split('/')[1]
  // The documented JSON stream: every message ends with a carriage return.
  setTimeout(() => response.write(`${JSON.stringify({ event: 'message', flow, content: `in ${flow}` })}\r\n`), 500)
})

server.listen(0, '127.0.0.1', async () => {
  // The package has the addresses of the hosted service. All connections lead to the server here.
  class Here extends Agent {
    createConnection() {
      return connect(server.address().port, '127.0.0.1')
    }
  }
  const clients = names.map((name) => createClient('acme', name, `token of ${name}`, { agent: new Here() }))
  const heard = clients.map((client) => {
    const contents = []
    client.on('data', ({ content }) => contents.push(content))
    return contents
  })
  await Promise.all(clients.map((client) => new Promise((resolve) => client.once('ready', resolve))))
  clients[0].send('main', 'Howdy')
  await sleep(500)
  clients[0].send('main', 'Howdy', () => {})
  await sleep(1500)
  names.forEach((name, index) => console.log(`client of ${name}: ${heard[index].join(', ')}`))
  console.log('credentials without a callback:', credentials[0].split(' ')[0])
  console.log('credentials with a callback:', credentials[1].trim())
  process.exit()
})
JS
node --no-deprecation example.cjs >seen

cat >expected <<'TEXT'
client of main: in main, in lunch-club
client of lunch-club: in main, in lunch-club
credentials without a callback: Basic
credentials with a callback: Bearer
TEXT
diff expected seen && echo 'As it was seen.'
