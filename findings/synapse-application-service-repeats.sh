#!/usr/bin/env bash
# Synapse drops an event of an application service when another of its users has used the same txnId, and makes a second
# event of a repeat after a restart.
#
# Versions: matrix-synapse 1.163.2 (SQLite) on Python 3.11.7.
# Behaviour: `PUT /rooms/{room}/send/{type}/{txnId}` is idempotent: the same txnId gives the same event. For an application
# service, Synapse remembers txnIds for the service and not for the user that `user_id` names. A message of a second user
# with a txnId that a first user has used is answered by 200 and the first user's event id, and nothing is stored. The memory
# is also lost at a restart: then a repeat of the same request is a second event. With a device of the user, named by
# `device_id`, the repeat is the same event.
# Output seen:
#   another user, same txnId: 200, the event of the first user, messages in the room: 1
#   repeated after a restart, without a device: another event
#   repeated after a restart, with a device: the same event
# This script fails when that changes. It needs the Python Package Index, and a free port, 18471.
set -euo pipefail
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2

cat >h.yaml <<YAML
server_name: chat.test
listeners: [{port: 18471, type: http, bind_addresses: [127.0.0.1], resources: [{names: [client]}]}]
database: {name: sqlite3, args: {database: $folder/h.db}}
signing_key_path: $folder/signing.key
media_store_path: $folder/media
trusted_key_servers: []
report_stats: false
macaroon_secret_key: only for this script
form_secret: only for this script
app_service_config_files: [$folder/service.yaml]
YAML
cat >service.yaml <<YAML
id: example
url: null
as_token: as-token
hs_token: hs-token
sender_localpart: example
rate_limited: false
namespaces: {users: [{exclusive: true, regex: '@example.*'}]}
YAML

start() {
  v/bin/python -m synapse.app.homeserver -c h.yaml >log 2>&1 </dev/null &
  pid=$!
  for _ in $(seq 120); do
    if curl -fs http://127.0.0.1:18471/_matrix/client/versions >/dev/null; then return; fi
    sleep 0.5
  done
  cat log
  return 1
}
# call METHOD PATH BODY: the answer as JSON.
call() {
  curl -sS -X "$1" -H 'Authorization: Bearer as-token' "http://127.0.0.1:18471/_matrix/client/v3/$2" ${3:+-d "$3"}
}
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }

v/bin/python -m synapse.app.homeserver -c h.yaml --generate-keys >/dev/null 2>&1
start
for name in example example_ann example_ben; do
  call POST register '{"type": "m.login.application_service", "username": "'"$name"'", "inhibit_login": true}' >/dev/null
done
room=$(call POST createRoom '{"preset": "public_chat"}' | field room_id | sed 's/!/%21/; s/:/%3A/')
ann='user_id=%40example_ann%3Achat.test' ben='user_id=%40example_ben%3Achat.test'
for user in "$ann" "$ben"; do call POST "join/$room?$user" '{}' >/dev/null; done
call PUT "devices/PHONE?$ann" '{}' >/dev/null
say() { call PUT "rooms/$room/send/m.room.message/$1" '{"msgtype": "m.text", "body": "Hello"}' | field event_id; }

first=$(say "one?$ann")
second=$(say "one?$ben")
messages=$(call GET "rooms/$room/messages?dir=b&limit=100" | grep -o '"msgtype":"m.text"' | wc -l)
[ "$first" = "$second" ] && which='the event of the first user' || which='an event of its own'
echo "another user, same txnId: 200, $which, messages in the room: $messages"

plain=$(say "two?$ann")
device=$(say "three?$ann&device_id=PHONE")
kill "$pid"
wait "$pid" || true
start
again() { [ "$1" = "$2" ] && echo 'the same event' || echo 'another event'; }
without=$(again "$plain" "$(say "two?$ann")")
with=$(again "$device" "$(say "three?$ann&device_id=PHONE")")
echo "repeated after a restart, without a device: $without"
echo "repeated after a restart, with a device: $with"
[ "$which" = 'the event of the first user' ] && [ "$messages" = 1 ] &&
  [ "$without" = 'another event' ] && [ "$with" = 'the same event' ]
