#!/usr/bin/env bash
# Synapse cannot register the user of an application service any more once that user was given a name.
#
# Versions: matrix-synapse 1.163.2 (SQLite) on Python 3.11.7.
# Behaviour: the user that a registration file names as `sender_localpart` may act before it is registered. `PUT
# /profile/{user}/displayname` of it is answered by 200. After that, `POST /register` of the user is answered by 500, after a
# restart, too. In the other order both succeed.
# Output seen:
#   first the name: 200, then the registration: 500
#   first the registration: 200, then the name: 200
# This script fails when that changes. It needs the Python Package Index, and a free port, 18477.
set -euo pipefail
folder=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill "$pid" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check matrix-synapse==1.163.2

cat >h.yaml <<YAML
server_name: chat.test
listeners: [{port: 18477, type: http, bind_addresses: [127.0.0.1], resources: [{names: [client]}]}]
database: {name: sqlite3, args: {database: $folder/h.db}}
signing_key_path: $folder/signing.key
media_store_path: $folder/media
trusted_key_servers: []
report_stats: false
macaroon_secret_key: only for this script
form_secret: only for this script
app_service_config_files: [$folder/one.yaml, $folder/other.yaml]
YAML
for name in one other; do
  cat >"$name.yaml" <<YAML
id: $name
url: null
as_token: $name
hs_token: $name-too
sender_localpart: $name
namespaces: {}
YAML
done
v/bin/python -m synapse.app.homeserver -c h.yaml --generate-keys >/dev/null 2>&1
v/bin/python -m synapse.app.homeserver -c h.yaml >log 2>&1 </dev/null &
pid=$!
for _ in $(seq 120); do
  curl -fs http://127.0.0.1:18477/_matrix/client/versions >/dev/null && break
  sleep 0.5
done

# call NAME METHOD PATH BODY: the status of the answer.
call() {
  curl -sS -o /dev/null -w '%{http_code}' -X "$2" -H "Authorization: Bearer $1" "http://127.0.0.1:18477/_matrix/client/v3/$3" -d "$4"
}
name() { call "$1" PUT "profile/%40$1%3Achat.test/displayname" '{"displayname": "Robot"}'; }
register() {
  call "$1" POST register '{"type": "m.login.application_service", "username": "'"$1"'", "inhibit_login": true}'
}
named=$(name one)
registered=$(register one)
echo "first the name: $named, then the registration: $registered"
good="$(register other) $(name other)"
echo "first the registration: ${good% *}, then the name: ${good#* }"
[ "$named $registered" = '200 500' ] && [ "$good" = '200 200' ]
