#!/usr/bin/env bash
# Synapse lists no edits of a message once the message is redacted, and keeps their texts.
#
# Versions: matrix-synapse 1.163.2 (SQLite) on Python 3.11.7.
# Behaviour: a message is edited by an event with the relation `m.replace`, and `GET …/relations/{event}/m.replace` lists
# its edits. After the message is redacted the list is empty, while each edit is still in the room with its text. So who
# wants to remove a text has to list and redact the edits first, and the message last.
# Output seen:
#   edits of the message: 1
#   edits of the redacted message: 0
#   the text of the edit: still in the room
# This script fails when that changes. It needs the Python Package Index, and a free port, 18472.
set -euo pipefail
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2

cat >h.yaml <<YAML
server_name: chat.test
listeners: [{port: 18472, type: http, bind_addresses: [127.0.0.1], resources: [{names: [client]}]}]
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
namespaces: {}
YAML
v/bin/python -m synapse.app.homeserver -c h.yaml --generate-keys >/dev/null 2>&1
v/bin/python -m synapse.app.homeserver -c h.yaml >log 2>&1 </dev/null &
pid=$!
for _ in $(seq 120); do
  curl -fs http://127.0.0.1:18472/_matrix/client/versions >/dev/null && break
  sleep 0.5
done

# call METHOD PATH BODY: the answer as JSON.
call() {
  curl -sS -X "$1" -H "Authorization: Bearer as-token" "http://127.0.0.1:18472/_matrix/client/$2" ${3:+-d "$3"}
}
field() { python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"; }
count() { python3 -c "import json, sys; print(len(json.load(sys.stdin)['chunk']))"; }

call POST v3/register '{"type": "m.login.application_service", "username": "example", "inhibit_login": true}' >/dev/null
room=$(call POST v3/createRoom '{}' | field room_id | sed 's/!/%21/; s/:/%3A/')
message=$(call PUT "v3/rooms/$room/send/m.room.message/1" '{"msgtype": "m.text", "body": "first"}' | field event_id)
edit=$(call PUT "v3/rooms/$room/send/m.room.message/2" '{"msgtype": "m.text", "body": "* second", "m.new_content": {"msgtype": "m.text", "body": "second"}, "m.relates_to": {"rel_type": "m.replace", "event_id": "'"$message"'"}}' | field event_id)
at() { printf %s "$1" | sed 's/\$/%24/'; }
edits() { call GET "v1/rooms/$room/relations/$(at "$message")/m.replace" | count; }

before=$(edits)
call PUT "v3/rooms/$room/redact/$(at "$message")/3" '{}' >/dev/null
after=$(edits)
call GET "v3/rooms/$room/event/$(at "$edit")" | grep -q '"body":"second"' && text='still in the room' || text='gone'
echo "edits of the message: $before"
echo "edits of the redacted message: $after"
echo "the text of the edit: $text"
[ "$before" = 1 ] && [ "$after" = 0 ] && [ "$text" = 'still in the room' ]
