#!/usr/bin/env bash
# Caddy answers some forms with 503 "no upstreams available" while one of its two upstreams is up, with `lb_policy round_robin`.
#
# Versions: Caddy 2.6.2 (Debian 12 and 13, package caddy), Node.js 24.21. Caddy 2.11.9 answered 60,000 of 60,000 with 200.
# Behaviour: the policy takes the next number of a shared counter for each upstream that it looks at. Two requests at the same
# moment can each be given the number of the one that is down, and again after the other has taken the number between. A request
# without a body then waits (lb_try_duration); one with a body gets 503 at once. With `lb_policy random` none does.
# Output seen:
#   round_robin: at least one of 200,000 requests gets 503
#   random: none of 60,000 requests gets 503
# This script fails when that changes. It needs Debian's packages, and two free ports, 18482 and 18484; nothing may use 18483.
set -euo pipefail
self=$(realpath "$0")
folder=$(mktemp -d)
trap 'kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"

# The package, unpacked here. It needs no other.
mkdir -p lists/partial archives/partial
apt=(apt-get -qq -y --no-install-recommends -o "Dir::State::Lists=$folder/lists" -o "Dir::Cache=$folder")
apt+=(-o Debug::NoLocking=true -o APT::Sandbox::User=root)
"${apt[@]}" update
"${apt[@]}" install --download-only --reinstall caddy >/dev/null
for archive in archives/caddy_*.deb; do dpkg -x "$archive" .; done

cat >client.mjs <<'JS'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const most = Number(process.argv[2])
createServer((request, response) => request.resume().on('end', () => response.end('page'))).listen(18484, '127.0.0.1')
for (let attempt = 0; attempt < 50; attempt++) {
  if ((await fetch('http://127.0.0.1:18482/').catch(() => undefined))?.status === 200) break
  await sleep(200)
}
// Until Caddy knows which one is down.
await sleep(2_500)

let [sent, refused] = [0, 0]
const send = async () => {
  while (sent < most && !refused) {
    sent += 1
    const response = await fetch('http://127.0.0.1:18482/', { method: 'PUT', body: 'vote' })
    await response.text()
    if (response.status === 503) refused += 1
  }
}
await Promise.all(Array.from({ length: 50 }, send))
console.log(`${refused ? 'at least one' : 'none'} of ${most.toLocaleString('en')} requests gets 503`)
process.exit()
JS

for run in 'round_robin 200000' 'random 60000'; do
  read -r policy most <<<"$run"
  cat >Caddyfile <<CONF
{
	admin off
	auto_https off
	storage file_system $folder/storage
}
http://127.0.0.1:18482 {
	reverse_proxy 127.0.0.1:18483 127.0.0.1:18484 {
		lb_policy $policy
		lb_try_duration 10s
		health_uri /
		health_interval 1s
	}
}
CONF
  HOME=$folder usr/bin/caddy run --config Caddyfile --adapter caddyfile >log 2>&1 &
  pid=$!
  echo "$policy: $(timeout 200 node client.mjs "$most")" | tee -a seen
  kill "$pid"
  wait "$pid" || true
done
diff <(sed -n 's/^#   //p' "$self" | head -2) seen && echo 'As it was seen.'
