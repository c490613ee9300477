"""Every call of the client, held to WAHA's OpenAPI."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.waha.gateway import schema
from waha.gateway.client import OutgoingContact, OutgoingFile, WahaClient

CHAT = "447700900123@c.us"
MESSAGE = f"true_{CHAT}_3EB0A1"
GROUP = "120363025555555555@g.us"
FILE = OutgoingFile("image/png", "a.png", b"\x89PNG")
WHEN = datetime(2026, 1, 2, tzinfo=UTC)
WITH_ID = {"sendText", "sendLocation", "sendContactVcard", "sendPoll"}

CALLS: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {
    "ping": ((), {}),
    "server_version": ((), {}),
    "sessions": ((), {}),
    "session": (("default",), {}),
    "create_session": (("default", {"metadata": {"a": "b"}}), {"start": False}),
    "update_session": (("default", {}), {}),
    "start_session": (("default",), {}),
    "stop_session": (("default",), {}),
    "restart_session": (("default",), {}),
    "logout_session": (("default",), {}),
    "delete_session": (("default",), {}),
    "me": (("default",), {}),
    "qr_png": (("default",), {}),
    "qr_value": (("default",), {}),
    "request_code": (("default", "447700900001"), {}),
    "new_message_id": (("default",), {}),
    "send_text": (("default", CHAT, "hi"), {"reply_to": MESSAGE, "message_id": "3EB0A1"}),
    "send_image": (("default", CHAT, FILE), {"caption": "c", "reply_to": MESSAGE}),
    "send_file": (("default", CHAT, FILE), {"caption": "c", "reply_to": MESSAGE}),
    "send_voice": (("default", CHAT, FILE), {"reply_to": MESSAGE}),
    "send_video": (("default", CHAT, FILE), {"caption": "c", "reply_to": MESSAGE}),
    "send_location": (
        ("default", CHAT),
        {"latitude": 1.5, "longitude": 2.5, "title": "t", "reply_to": MESSAGE, "message_id": "3E"},
    ),
    "send_contact": (
        ("default", CHAT, [OutgoingContact("Bernd", "+44 7700 900222")]),
        {"reply_to": MESSAGE, "message_id": "3EB0A1"},
    ),
    "send_poll": (
        ("default", CHAT),
        {"name": "When?", "options": ["a", "b"], "reply_to": MESSAGE, "message_id": "3EB0A1"},
    ),
    "react": (("default", MESSAGE, "👍"), {}),
    "edit_message": (("default", CHAT, MESSAGE, "new"), {}),
    "delete_message": (("default", CHAT, MESSAGE), {}),
    "star": (("default", CHAT, MESSAGE), {"on": True}),
    "pin": (("default", CHAT, MESSAGE), {"seconds": 86400}),
    "unpin": (("default", CHAT, MESSAGE), {}),
    "archive_chat": (("default", CHAT), {"on": False}),
    "mark_chat_unread": (("default", CHAT), {}),
    "labels": (("default",), {}),
    "label_chats": (("default", "1"), {}),
    "chat_labels": (("default", CHAT), {}),
    "only_admins_write": (("default", GROUP), {}),
    "create_label": (("default", "Lead", 3), {}),
    "update_label": (("default", "1", "Lead"), {"color": 3}),
    "delete_label": (("default", "1"), {}),
    "set_chat_labels": (("default", CHAT, ["1", "2"]), {}),
    "send_seen": (("default", CHAT), {"message_ids": [MESSAGE], "participant": CHAT}),
    "start_typing": (("default", CHAT), {}),
    "stop_typing": (("default", CHAT), {}),
    "reject_call": (("default", CHAT, "CALL1"), {}),
    "passkey_code": (("default",), {}),
    "confirm_passkey": (("default",), {}),
    "messages": (("default", CHAT), {"since": WHEN, "until": WHEN, "offset": 5}),
    "message": (("default", CHAT, MESSAGE), {"download_media": True}),
    "chats_overview": (("default",), {}),
    "contact": (("default", CHAT), {}),
    "check_exists": (("default", "447700900123"), {}),
    "lids": (("default",), {}),
    "lid_to_phone": (("default", "22@lid"), {}),
    "phone_to_lid": (("default", "447700900123"), {}),
    "group_participants": (("default", GROUP), {}),
    "group_subject": (("default", GROUP), {}),
}
ANSWER = {"value": "2@x", "code": "ABCD-1234", "id": "3EB0A1", "message": "pong"}


def requested(name: str) -> httpx.Request:
    """The one request a call of the client makes."""
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=ANSWER)

    args, options = CALLS[name]
    with httpx.Client(transport=httpx.MockTransport(answer)) as pool:
        getattr(WahaClient("http://waha:3000", "s3cret", pool=pool), name)(*args, **options)
    assert len(seen) == 1
    return seen[0]


def test_calls_cover_every_method_of_the_client():
    public = {name for name in dir(WahaClient) if not name.startswith("_")}

    assert public - {"fetch_file"} == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_request_is_one_that_openapi_knows(name):
    request = requested(name)
    path = request.url.raw_path.decode().split("?")[0]

    operation = schema.operation(request.method, path)

    assert operation is not None, f"{request.method} {path}"
    known = {one["name"] for one in operation.get("parameters", []) if one["in"] == "query"}
    assert set(request.url.params) <= known
    assert request.headers["X-Api-Key"] == "s3cret"
    assert "s3cret" not in str(request.url)


@pytest.mark.parametrize("name", [name for name in CALLS if requested(name).content])
def test_body_has_only_fields_of_its_schema(name):
    request = requested(name)
    operation = schema.operation(request.method, request.url.raw_path.decode())
    assert operation is not None
    wanted = schema.body_schema(operation)

    body = json.loads(request.content)

    assert set(body) <= set(wanted["properties"])
    assert set(wanted.get("required", [])) <= set(body)
    assert schema.problems(wanted, body) == []


@pytest.mark.parametrize("name", [name for name in CALLS if name.startswith("send_")])
def test_reserved_id_goes_only_where_waha_takes_one(name):
    request = requested(name)

    body = json.loads(request.content)

    assert ("id" in body) is (request.url.path.rsplit("/", 1)[1] in WITH_ID)


def test_parts_of_paths_are_escaped():
    assert requested("message").url.raw_path.startswith(
        b"/api/default/chats/447700900123%40c.us/messages/true_447700900123%40c.us_3EB0A1?"
    )
