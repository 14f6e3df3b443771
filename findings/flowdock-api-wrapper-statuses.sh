#!/usr/bin/env bash
# flowdock-api-wrapper takes Flowdock's documented answers for failures, and sends the filters of a list where nothing reads them.
#
# Versions: flowdock-api-wrapper 1.1 and requests 2.32.5 on Python 3.11.7.
# Documented (https://github.com/flowdock/api-docs, messages.md): a message is answered with 202 without a body, or with 200 and
# the message; the filters of a list are parameters of the query. The package wants 201 for a message to a flow, and JSON with
# the 202 for a post by a flow token. It sends the filters of a list as the body of a GET. So a program that retries when the
# call raises sends each message again and again, and `list(limit=1)` lists 30 messages.
# Output seen:
#   message to a flow, answered 202: AssertionError
#   message to a flow, answered 200 with the message: AssertionError
#   post by a flow token, answered 202: JSONDecodeError
#   messages that arrived: 3
#   list(limit=1): query '', body {"limit": 1}
# This script fails when that changes. It needs the Python Package Index.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv v
v/bin/pip install --quiet --disable-pip-version-check flowdock-api-wrapper==1.1 requests==2.32.5

cat >example.py <<'PY'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import flowdock

answers = []
seen = []


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):
        status, body = answers.pop(0)
        body = body and json.dumps(body).encode()
        seen.append(self.body())
        self.answer(status, body)

    def do_GET(self):
        seen.append((self.path.partition('?')[2], self.body().decode()))
        self.answer(200, b'[]')

    def body(self):
        return self.rfile.read(int(self.headers.get('content-length', 0)))

    def answer(self, status, body):
        self.send_response(status)
        self.send_header('content-type', 'application/json')
        self.send_header('content-length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = HTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
flowdock.API = f'http://127.0.0.1:{server.server_port}'


def outcome(send):
    try:
        send()
    except Exception as error:
        return type(error).__name__
    return 'works'


flow = flowdock.connect(token='t', org='acme', flow='main')
message = {'id': 1, 'event': 'message', 'content': 'Howdy', 'tags': [], 'user': '2', 'attachments': []}
answers.append((202, b''))
print('message to a flow, answered 202:', outcome(lambda: flow.send('Howdy')))
answers.append((200, message))
print('message to a flow, answered 200 with the message:', outcome(lambda: flow.send('Howdy')))
source = flowdock.connect(flow_token='f')
answers.append((202, b''))
author = flowdock.constructors.author('Marty')
thread = flowdock.constructors.thread('Polish the flux capacitor')
print('post by a flow token, answered 202:', outcome(lambda: source.present('1', author, 'updated', thread=thread)))
print('messages that arrived:', len(seen))
flow.list(limit=1)
query, body = seen[-1]
print(f'list(limit=1): query {query!r}, body {body}')
PY
v/bin/python example.py >seen

cat >expected <<'TEXT'
message to a flow, answered 202: AssertionError
message to a flow, answered 200 with the message: AssertionError
post by a flow token, answered 202: JSONDecodeError
messages that arrived: 3
list(limit=1): query '', body {"limit": 1}
TEXT
diff expected seen && echo 'As it was seen.'
