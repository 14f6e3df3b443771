#!/usr/bin/env bash
# With Apache's event module, a request on a kept connection can wait for the end of other clients' event streams, while another
# process of the same Apache has idle threads and answers new connections at once.
#
# Versions: Apache 2.4.71 (Debian 12, apache2-bin) with mpm_event and mod_proxy_http, Node.js 24.21.
# Behaviour: a kept connection stays with the process that accepted it, without a thread. When all threads of that process send
# long answers, it accepts no new connections, but the next request on a kept one is neither answered, nor is the connection
# closed: it waits for a thread. AsyncRequestWorkerFactor near 0 makes it rarer. With mpm_worker, a kept connection keeps its thread.
# Which process accepts a connection is chance, so the script tries up to sixty times.
# Output seen:
#   two processes of four threads, seven event streams
#   a request on a new connection is answered within 2 s
#   a request on a kept connection is not answered within 20 s
# This script fails when that changes. It needs Debian's packages, and two free ports, 18480 and 18481.
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# The package and what it needs, unpacked here.
mkdir -p lists/partial archives/partial
apt=(apt-get -qq -y --no-install-recommends -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder")
apt+=(-o Debug::NoLocking=true -o APT::Sandbox::User=root)
"${apt[@]}" update
"${apt[@]}" install --download-only --reinstall apache2-bin >/dev/null
for archive in archives/*.deb; do dpkg -x "$archive" .; done
LD_LIBRARY_PATH=$(find "$folder/usr/lib" -name '*.so.*' -printf '%h\n' | sort -u | paste -sd:)
export LD_LIBRARY_PATH

cat >apache.conf <<CONF
ServerRoot $folder
PidFile $folder/pid
ServerName localhost
ErrorLog $folder/log
Listen 127.0.0.1:18480
$(for module in mpm_event authz_core proxy proxy_http; do
  echo "LoadModule ${module}_module $folder/usr/lib/apache2/modules/mod_$module.so"
done)
$([ "$(id -u)" = 0 ] && printf 'User nobody\nGroup nogroup\n')
StartServers 2
ServerLimit 2
ThreadsPerChild 4
MaxRequestWorkers 8
MinSpareThreads 1
MaxSpareThreads 8
KeepAliveTimeout 60
ProxyPass / http://127.0.0.1:18481/
CONF
usr/sbin/apache2 -DFOREGROUND -f "$folder/apache.conf" >/dev/null 2>&1 &
pids+=($!)

cat >server.mjs <<'JS'
import { createServer } from 'node:http'

createServer((request, response) => {
  if (request.url !== '/stream') return void response.end('page')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  const timer = setInterval(() => response.write(':\n\n'), 1_000)
  response.on('close', () => clearInterval(timer))
}).listen(18481, '127.0.0.1')
JS
node server.mjs &
pids+=($!)

cat >client.mjs <<'JS'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

for (let attempt = 0; attempt < 50; attempt++) {
  if ((await fetch('http://127.0.0.1:18480/').catch(() => undefined))?.status === 200) break
  await sleep(200)
}

const open = () => connect(18480, '127.0.0.1').on('error', () => {})
/** @returns whether it is answered, or the connection is closed, in time */
const asked = async (socket, path, withinMs) => {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
  return Promise.race([once(socket, 'data'), once(socket, 'close'), sleep(withinMs, false)])
}

async function tryOnce() {
  const sockets = Array.from({ length: 11 }, open)
  const [kept, streams] = [sockets.slice(0, 4), sockets.slice(4)]
  try {
    await Promise.all(kept.map((socket) => asked(socket, '/page', 2_000)))
    for (const socket of streams) if (!(await asked(socket, '/stream', 2_000))) return undefined
    const waiting = Promise.all(kept.map((socket) => asked(socket, '/page', 20_000)))
    const newOne = open()
    sockets.push(newOne)
    const isNewAnswered = Boolean(await asked(newOne, '/page', 2_000))
    // Mostly, all are answered at once.
    if (await Promise.race([waiting.then(() => true), sleep(3_000, false)])) return false
    return isNewAnswered && (await waiting).includes(false)
  } finally {
    for (const socket of sockets) socket.destroy()
    await sleep(1_500)
  }
}

let isSeen = false
for (let attempt = 0; attempt < 60 && !isSeen; attempt++) isSeen = Boolean(await tryOnce())
console.log('two processes of four threads, seven event streams')
console.log('a request on a new connection is answered within 2 s')
console.log(`a request on a kept connection is ${isSeen ? 'not ' : ''}answered within 20 s`)
JS
timeout 550 node client.mjs | tee seen
diff <(sed -n 's/^#   //p' "$self" | head -3) seen && echo 'As it was seen.'
