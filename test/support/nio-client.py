"""Prints as JSON what a client on matrix-nio shows of a room, in the form of `ShownRoom` (matrix-judge.ts).

Reads a JSON object from stdin: the homeserver's `url`, the `account` that looks, its `token`, and the `room`.
"""

import asyncio
import json
import sys
from collections import Counter, defaultdict

from nio import (
    AsyncClient,
    BadEvent,
    MessageDirection,
    ReactionEvent,
    RedactedEvent,
    RoomMessage,
    RoomMessageNotice,
    UnknownBadEvent,
    UnknownEvent,
)

POLL = "org.matrix.msc3381.poll."
TEXT = "org.matrix.msc1767.text"


async def history(url, account, token, room):
    """All events of the room, the oldest first."""
    client = AsyncClient(url, account)
    client.restore_login(account, "NIO", token)
    events, start = [], None
    try:
        while True:
            page = await client.room_messages(room, start, direction=MessageDirection.back, limit=100)
            events = page.chunk[::-1] + events
            start = page.end
            if start is None:
                return events
    finally:
        await client.close()


def content_of(event):
    return event.source["content"]


def relation_of(event):
    return content_of(event).get("m.relates_to", {})


def is_related(event, kind):
    return relation_of(event).get("rel_type") == kind


def shown(events):
    malformed = [event.source for event in events if isinstance(event, (BadEvent, UnknownBadEvent))]
    if malformed:
        sys.exit(f"matrix-nio takes these for malformed: {json.dumps(malformed)}")
    there = [event for event in events if not isinstance(event, RedactedEvent)]
    return {"messages": messages(there), "polls": polls(there)}


def messages(events):
    sent = [event for event in events if isinstance(event, RoomMessage)]
    edits = {}
    for event in sent:
        if is_related(event, "m.replace"):
            key = (relation_of(event)["event_id"], event.sender)
            if key not in edits or edits[key].server_timestamp <= event.server_timestamp:
                edits[key] = event
    reactions = defaultdict(Counter)
    for event in events:
        if isinstance(event, ReactionEvent):
            reactions[event.reacts_to][event.key] += 1
    return [message(one, edits, reactions) for one in sent if not is_related(one, "m.replace")]


def message(event, edits, reactions):
    edit = edits.get((event.event_id, event.sender))
    content = content_of(edit)["m.new_content"] if edit else content_of(event)
    return {
        "id": event.event_id,
        "sender": event.sender,
        "body": content["body"],
        **({"html": content["formatted_body"]} if "formatted_body" in content else {}),
        "isNotice": isinstance(edit or event, RoomMessageNotice),
        "isEdited": edit is not None,
        **({"thread": relation_of(event)["event_id"]} if is_related(event, "m.thread") else {}),
        "reactions": dict(reactions[event.event_id]),
    }


def polls(events):
    """Counted as MSC3381 says. matrix-nio knows no polls, so they are unknown events."""
    unknown = [event for event in events if isinstance(event, UnknownEvent)]
    return [poll(event, unknown) for event in unknown if event.type == POLL + "start"]


def poll(start, unknown):
    block = content_of(start)[POLL + "start"]
    about = [event for event in unknown if relation_of(event).get("event_id") == start.event_id]
    ends = [event.server_timestamp for event in about if event.type == POLL + "end" and event.sender == start.sender]
    last = {}
    for event in about:
        is_late = ends and event.server_timestamp > min(ends)
        is_newer = event.sender not in last or last[event.sender].server_timestamp < event.server_timestamp
        if event.type == POLL + "response" and is_newer and not is_late:
            last[event.sender] = event
    titles = {answer["id"]: answer[TEXT] for answer in block["answers"]}
    counts = dict.fromkeys(titles.values(), 0)
    for response in last.values():
        answers = content_of(response)[POLL + "response"]["answers"][: block["max_selections"]]
        if all(answer in titles for answer in answers):
            for answer in set(answers):
                counts[titles[answer]] += 1
    return {"id": start.event_id, "question": block["question"][TEXT], "isEnded": bool(ends), "counts": counts}


json.dump(shown(asyncio.run(history(**json.load(sys.stdin)))), sys.stdout)
