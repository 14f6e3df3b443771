#!/usr/bin/env bash
# A client that reads a room of two Synapse homeservers by `/sync` and then page by page back gets events twice, or misses some.
#
# Versions: matrix-synapse 1.163.2 (SQLite) on Python 3.11.7.
# Behaviour: a first `GET /sync` answers the newest events of a room, and `prev_batch`, from which
# `GET /rooms/{room}/messages?dir=b` reads what came before. Together they should be the history, each event once. When people
# of two homeservers write at the same time, they are not: the events of `/sync` are the last ones in the order of the room's
# graph, while `prev_batch` is a position in the order in which they arrived. `/messages` alone, from its first page to its
# last, has every event once.
# Output seen (the numbers differ each time):
#   page by page from the newest event: 60 of 60, 0 twice
#   a sync of 5 events, and back from there: 60 of 60, 2 twice
#   a sync of 10 events, and back from there: 52 of 60, 0 twice
#   a sync of 15 events, and back from there: 60 of 60, 7 twice
#   a sync of 20 events, and back from there: 52 of 60, 0 twice
#   a sync of 25 events, and back from there: 60 of 60, 8 twice
# This script fails when that changes. It needs the Python Package Index, openssl, and free ports, 18473 to 18476.
set -euo pipefail
folder=$(mktemp -d)
pids=()
trap 'for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2
openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -days 2 -keyout tls.key -out tls.crt 2>/dev/null

# start NAME CLIENT-PORT FEDERATION-PORT
start() {
  cat >"$1.yaml" <<YAML
server_name: localhost:$3
listeners:
  - {port: $2, type: http, bind_addresses: [127.0.0.1], resources: [{names: [client]}]}
  - {port: $3, type: http, tls: true, bind_addresses: [127.0.0.1], resources: [{names: [federation]}]}
tls_certificate_path: $folder/tls.crt
tls_private_key_path: $folder/tls.key
federation_verify_certificates: false
ip_range_blacklist: []
database: {name: sqlite3, args: {database: $folder/$1.db}}
signing_key_path: $folder/$1.key
media_store_path: $folder/$1.media
trusted_key_servers: []
report_stats: false
macaroon_secret_key: only for this script
form_secret: only for this script
enable_registration: true
enable_registration_without_verification: true
rc_message: {per_second: 1000, burst_count: 1000}
YAML
  v/bin/python -m synapse.app.homeserver -c "$1.yaml" --generate-keys >/dev/null 2>&1
  v/bin/python -m synapse.app.homeserver -c "$1.yaml" >"$1.log" 2>&1 </dev/null &
  pids+=($!)
}
start here 18473 18475
start there 18474 18476
for port in 18473 18474; do
  for _ in $(seq 120); do
    curl -fs "http://127.0.0.1:$port/_matrix/client/versions" >/dev/null && break
    sleep 0.5
  done
done

v/bin/python - <<'PYTHON'
import json, sys, time, urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

class Person:
    def __init__(self, port, name):
        self.base = f"http://127.0.0.1:{port}/_matrix/client/v3/"
        self.token = None
        account = self.call("POST", "register", {"username": name, "password": "password", "auth": {"type": "m.login.dummy"}})
        self.id, self.token = account["user_id"], account["access_token"]

    def call(self, method, path, body=None):
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.base + path, data, headers, method=method)
        return json.load(urllib.request.urlopen(request, timeout=60))

    def say(self, room, text):
        content = {"msgtype": "m.text", "body": text}
        self.call("PUT", f"rooms/{quote(room)}/send/m.room.message/{text}", content)

    def back(self, room, start):
        """The events before a position, the oldest first."""
        events = []
        while True:
            page = self.call("GET", f"rooms/{quote(room)}/messages?dir=b&limit=100" + (f"&from={start}" if start else ""))
            events, start = page["chunk"][::-1] + events, page.get("end")
            if not start:
                return events

    def synced(self, room, limit):
        """As a client that starts: the newest events, and then those before them."""
        wanted = quote(json.dumps({"room": {"rooms": [room], "timeline": {"limit": limit}}}))
        timeline = self.call("GET", f"sync?filter={wanted}")["rooms"]["join"][room]["timeline"]
        return self.back(room, timeline["prev_batch"]) + timeline["events"]

def texts(events):
    return Counter(event["content"]["body"] for event in events if event["type"] == "m.room.message")

ann, ben = Person(18473, "ann"), Person(18474, "ben")
room = ann.call("POST", "createRoom", {"invite": [ben.id]})["room_id"]
ben.call("POST", f"join/{quote(room)}", {})
sent = [f"{name}{number}" for number in range(30) for name in ("ann", "ben")]
with ThreadPoolExecutor(2) as both:
    for person, name in ((ann, "ann"), (ben, "ben")):
        both.submit(lambda person=person, name=name: [person.say(room, f"{name}{number}") for number in range(30)])
for _ in range(100):
    if len(texts(ben.back(room, None))) == len(sent):
        break
    time.sleep(0.1)

def report(what, events):
    seen = texts(events)
    twice = sum(count > 1 for count in seen.values())
    print(f"{what}: {len(seen)} of {len(sent)}, {twice} twice")
    return len(seen) == len(sent) and not twice

pages_are_right = report("page by page from the newest event", ben.back(room, None))
syncs = [report(f"a sync of {limit} events, and back from there", ben.synced(room, limit)) for limit in (5, 10, 15, 20, 25)]
if not pages_are_right or all(syncs):
    sys.exit("This has changed.")
PYTHON
