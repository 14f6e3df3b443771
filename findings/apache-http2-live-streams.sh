#!/usr/bin/env bash
# Over HTTP/2, Apache makes a browser wait that has opened and closed a few event streams (server-sent events).
#
# Versions: Apache 2.4.71 (Debian 12, apache2-bin) with mod_http2 and mod_proxy_http, Node.js 24.21.
# Behaviour: mod_http2 begins with six requests at a time on a connection, and waits with others until one is answered. An event
# stream that the client has closed (CANCEL) counts until the server behind the proxy sends its next byte, here after 15 seconds.
# Each closed stream also lowers the limit. So a person with one tab, whose pages each have one stream, waits for the next page.
# The limit that the connection announces (H2MaxSessionStreams) is 100 all the time.
# Output seen:
#   of 7 streams on a new connection, 6 are answered within 2 s
#   one tab, five pages, each with a stream that ends with it: the slowest page takes more than 10 s
# This script fails when that changes. It needs Debian's packages, and two free ports, 18478 and 18479.
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
Listen 127.0.0.1:18478
$(for module in mpm_event authz_core http2 proxy proxy_http; do
  echo "LoadModule ${module}_module $folder/usr/lib/apache2/modules/mod_$module.so"
done)
$([ "$(id -u)" = 0 ] && printf 'User nobody\nGroup nogroup\n')
Protocols h2c http/1.1
H2Direct on
ProxyPass / http://127.0.0.1:18479/
CONF
usr/sbin/apache2 -DFOREGROUND -f "$folder/apache.conf" >/dev/null 2>&1 &
pids+=($!)

cat >server.mjs <<'JS'
import { createServer } from 'node:http'

createServer((request, response) => {
  if (request.url !== '/stream') return void response.end('page')
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n')
  const timer = setInterval(() => response.write(':\n\n'), 15_000)
  response.on('close', () => clearInterval(timer))
}).listen(18479, '127.0.0.1')
JS
node server.mjs &
pids+=($!)

cat >client.mjs <<'JS'
import { connect } from 'node:http2'
import { setTimeout as sleep } from 'node:timers/promises'

const answered = (stream, withinMs = 2_000) =>
  Promise.race([new Promise((resolve) => stream.once('response', () => resolve(true))), sleep(withinMs, false)])
const get = (session, path) => session.request({ ':path': path }).on('error', () => {}).resume()

for (let attempt = 0; attempt < 50; attempt++) {
  if ((await fetch('http://127.0.0.1:18478/').catch(() => undefined))?.status === 200) break
  await sleep(200)
}

const first = connect('http://127.0.0.1:18478')
const all = await Promise.all(Array.from({ length: 7 }, () => answered(get(first, '/stream'))))
console.log(`of 7 streams on a new connection, ${all.filter(Boolean).length} are answered within 2 s`)
first.destroy()

const second = connect('http://127.0.0.1:18478')
let slowest = 0
for (let round = 0; round < 5; round++) {
  const start = performance.now()
  await Promise.all([1, 2, 3].map(() => answered(get(second, '/page'), 20_000)))
  const stream = get(second, '/stream')
  await answered(stream, 20_000)
  slowest = Math.max(slowest, performance.now() - start)
  await sleep(1_000)
  stream.close(8)
}
const took = slowest > 10_000 ? 'more than 10 s' : `${Math.round(slowest)} ms`
console.log(`one tab, five pages, each with a stream that ends with it: the slowest page takes ${took}`)
second.destroy()
JS
timeout 120 node client.mjs | tee seen
diff <(sed -n 's/^#   //p' "$self" | head -2) seen && echo 'As it was seen.'
