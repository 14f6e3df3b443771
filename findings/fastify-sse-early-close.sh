#!/usr/bin/env bash
# A client of @fastify/sse 0.6.0 may leave while a hook of the route still waits, say for a database that checks who asks.
# When the handler runs afterwards, reply.sse.isConnected says true, and a callback given to reply.sse.onClose is never
# called. So what is freed in onClose, such as a place in a list of listeners, is kept for ever. reply.raw.destroyed does
# say that the client left, and stream.finished(reply.raw, callback) calls back also when that was before.
#
# Seen with fastify 5.12.8, Node.js 20.20 and 24.21:
#
#   isConnected: true
#   onClose was called: false
#   reply.raw.destroyed: true
#   finished called back: true
#
# Fails when that changes.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-audit --no-fund fastify@5.12.8 @fastify/sse@0.6.0

cat > server.mjs << 'JS'
import { connect } from 'node:net'
import { finished } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import sse from '@fastify/sse'
import fastify from 'fastify'

const app = fastify()
await app.register(sse)
let handled
const done = new Promise((resolve) => (handled = resolve))
const preHandler = () => sleep(300)
app.get('/', { sse: true, preHandler }, async (_request, reply) => {
  const { sse, raw } = reply
  let [isClosed, isFinished] = [false, false]
  console.log('isConnected:', sse.isConnected)
  sse.onClose(() => (isClosed = true))
  finished(raw, () => (isFinished = true))
  await sleep(300)
  console.log('onClose was called:', isClosed)
  console.log('reply.raw.destroyed:', raw.destroyed)
  console.log('finished called back:', isFinished)
  handled()
})
await app.listen({ port: 0, host: '127.0.0.1' })
const client = connect(app.server.address().port, '127.0.0.1')
client.write('GET / HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
await sleep(100)
client.destroy()
await done
process.exit()
JS
node server.mjs > seen

cat > expected << 'TEXT'
isConnected: true
onClose was called: false
reply.raw.destroyed: true
finished called back: true
TEXT
diff expected seen && echo 'As it was seen.'
