"""The simulator's REST, held to WAHA's OpenAPI and to what a real WAHA answered."""

import json
from typing import Any

import httpx
import pytest

from tests.waha.gateway import schema
from waha.gateway.simulator import Media, Simulator
from waha.gateway.simulator.router import ROUTES

RECORDED = json.loads((schema.DATA / "rest-responses.json").read_text())
CHAT = "447700900123@c.us"
IMAGE = "3EB0IMAGE00000000001"
TEXT = "3EB0TEXT000000000001"
SENT = "3EB066A466084504C79581"
WEBHOOK = {
    "url": "http://127.0.0.1:9/hook",
    "events": ["state.change"],  # never happens here
    "hmac": {"key": "k"},
    "retries": {"policy": "constant", "delaySeconds": 1, "attempts": 0},
    "customHeaders": [{"name": "X-Mercury", "value": "yes"}],
}
CONFIG = {
    "metadata": {"tenant": "mercury"},
    "noweb": {"markOnline": True, "store": {"enabled": True, "fullSync": False}},
    "webhooks": [WEBHOOK],
}
# Answers of 2026.2.1 CORE that the version we play, with one image for all, gives no more.
CORE_ONLY = {
    ("POST", "/api/sendImage"): 201,
    ("POST", "/api/sendText", "other"): 404,
}
# Answers WAHA's documents do not describe: its own address, and engines' own shapes.
UNDOCUMENTED = {"/api/files/{session}/{file}"}


def name_of(pair: dict[str, Any]) -> str:
    request = pair["request"]
    return f"{request['method']} {request['path'][:60]}"


@pytest.fixture(scope="module")
def played():
    """A session with the history the recordings were made with, and the send they speak of."""
    with Simulator(acks=False) as waha:
        session = waha.session()
        session.config = CONFIG
        waha.say(CHAT, "Hello, is order 4711 ready?", message_id=TEXT, timestamp=1_795_373_190)
        waha.say(CHAT, "Photo", kind="image", message_id=IMAGE, timestamp=1_795_373_191)
        with httpx.Client(base_url=waha.url, headers={"X-Api-Key": waha.api_key}) as http:
            body = {"session": "default", "chatId": CHAT, "text": "Your order", "id": SENT}
            http.post("/api/sendText", json=body).raise_for_status()
            yield http, waha


def shape(value: Any) -> Any:
    """The keys of a value all the way down; of a list its first element's."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value[:1]]
    return None


def assert_same_keys(recorded: Any, got: Any, where: str = "") -> None:
    """Every key of the one is a key of the other, where both have something in it."""
    if not recorded or not got:  # null, {} and [] say nothing about keys
        return
    assert type(recorded) is type(got), where
    if isinstance(recorded, dict):
        assert set(recorded) == set(got), where
        for key, one in recorded.items():
            assert_same_keys(one, got[key], f"{where}.{key}")
    elif isinstance(recorded, list):
        assert_same_keys(recorded[0], got[0], f"{where}[0]")


@pytest.mark.parametrize("pair", RECORDED, ids=name_of)
def test_answer_has_the_status_and_keys_of_the_recorded_one(played, pair):
    http, _ = played
    request, recorded = pair["request"], pair["response"]

    answer = http.request(request["method"], request["path"], json=request["body"])

    session = (request["body"] or {}).get("session")
    key = (request["method"], request["path"])
    core_only = CORE_ONLY.get(key) or CORE_ONLY.get((*key, session))
    assert answer.status_code == core_only or answer.status_code == recorded["status"]
    if core_only:
        return
    assert answer.headers.get("Content-Type") == recorded["content_type"]
    if recorded["body"] is None:
        assert answer.content == b""
    else:
        assert_same_keys(comparable(request, recorded["body"]), comparable(request, answer.json()))


def comparable(request: dict[str, Any], body: Any) -> Any:
    """Of a history keep the message both have: the quoting one."""
    if isinstance(body, list) and "/messages?" in request["path"]:
        return [one for one in body if one["body"] == "quoting you"]
    if request["path"].endswith("/groups"):
        return {}
    return body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        (method, path)
        for method, path, _, _ in ROUTES
        if not path.startswith("/_simulator") and path not in UNDOCUMENTED
    ],
)
def test_route_is_one_that_openapi_knows(method, path):
    assert method.lower() in schema.openapi()["paths"].get(path, {})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/ping", None),
        ("GET", "/api/server/version", None),
        ("GET", "/api/server/status", None),
        ("GET", "/api/sessions", None),
        ("GET", "/api/sessions/default", None),
        ("GET", "/api/sessions/default/me", None),
        ("POST", "/api/sessions", {"name": "made", "start": False, "config": CONFIG}),
        ("PUT", "/api/sessions/made", {"config": CONFIG}),
        ("POST", "/api/sessions/made/stop", None),
        ("GET", "/api/default/chats/overview", None),
        ("GET", f"/api/default/chats/{CHAT}/messages?limit=50", None),
        ("GET", "/api/default/chats/all/messages?limit=50", None),
        ("GET", f"/api/default/chats/{CHAT}/messages/{TEXT}", None),
        ("POST", f"/api/default/chats/{CHAT}/messages/read", {}),
        ("GET", f"/api/default/chats/{CHAT}/picture", None),
        ("GET", f"/api/default/presence/{CHAT}", None),
        ("GET", "/api/contacts/check-exists?phone=447700900123&session=default", None),
        ("GET", "/api/default/lids", None),
        ("GET", "/api/default/lids/count", None),
        ("GET", "/api/default/lids/223344556677889", None),
        ("GET", "/api/default/lids/pn/447700900123", None),
        ("GET", "/api/default/groups/120363025555555555@g.us/participants/v2", None),
        ("GET", "/api/default/new-message-id", None),
        ("GET", "/api/default/labels", None),
    ],
)
def test_answer_fits_its_schema(played, method, path, body):
    http, waha = played
    for kind in ("document", "voice", "video", "sticker", "location", "contact", "poll"):
        waha.say(CHAT, kind=kind, message_id=f"3A{kind.upper()}")
    operation = schema.operation(method, path.split("?")[0])
    assert operation is not None

    answer = http.request(method, path, json=body)

    expected = schema.answer_schema(operation, answer.status_code)
    assert expected is not None
    assert answer.status_code in {200, 201}
    assert schema.problems(expected, answer.json()) == []


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": "wrong"}, {"X-Api-Key": ""}])
def test_without_the_key_everything_but_ping_is_401(waha, headers):
    with httpx.Client(base_url=waha.url, headers=headers) as http:
        answers = {path: http.get(path) for path in ("/ping", "/api/sessions", "/_simulator/truth")}

    assert [one.status_code for one in answers.values()] == [200, 401, 401]
    assert answers["/api/sessions"].json() == {"message": "Unauthorized", "statusCode": 401}


def test_key_in_the_query_opens_as_well(waha):
    with httpx.Client(base_url=waha.url) as http:
        assert http.get(f"/api/sessions?x-api-key={waha.api_key}").status_code == 200


def test_session_of_another_state_answers_422_as_recorded(waha):
    waha.set_session("default", status="STARTING")

    answer = httpx.post(
        f"{waha.url}/api/sendText",
        json={"session": "default", "chatId": CHAT, "text": "x"},
        headers={"X-Api-Key": waha.api_key},
    )

    assert answer.status_code == 422
    assert answer.json() == {
        "error": "Session status is not as expected. Try again later or restart the session",
        "session": "default",
        "status": "STARTING",
        "expected": ["WORKING"],
    }


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ({"webhooks": [{"url": "nonsense", "events": ["*"]}]}, 400),
        ({"webhooks": [{"url": "http://crm", "events": ["no.such.event"]}]}, 400),
        ({"webhooks": [{"url": "http://crm:8000/x/", "events": ["message.any"]}]}, 201),
        ({}, 201),
    ],
)
def test_session_with_a_webhook_that_cannot_be_is_refused(waha, config, status):
    answer = httpx.post(
        f"{waha.url}/api/sessions",
        json={"name": "new", "start": False, "config": config},
        headers={"X-Api-Key": waha.api_key},
    )

    assert answer.status_code == status


def test_session_that_exists_is_not_made_again(waha):
    answer = httpx.post(
        f"{waha.url}/api/sessions",
        json={"name": "default"},
        headers={"X-Api-Key": waha.api_key},
    )

    assert (answer.status_code, answer.json()["statusCode"]) == (422, 422)


@pytest.mark.parametrize(
    ("wanted", "status", "length", "span"),
    [
        ("bytes=0-9", 206, 10, "bytes 0-9/100"),
        ("bytes=90-", 206, 10, "bytes 90-99/100"),
        ("bytes=-5", 206, 5, "bytes 95-99/100"),
        ("bytes=50-999", 206, 50, "bytes 50-99/100"),
        ("bytes=200-", 416, 0, "bytes */100"),
        ("bytes=-", 200, 100, None),
        ("lines=1-2", 200, 100, None),
    ],
)
def test_file_is_given_in_ranges(waha, wanted, status, length, span):

    waha.say(CHAT, kind="document", file=Media("text/plain", b"x" * 100, "a.txt"), message_id="3A1")

    answer = httpx.get(
        f"{waha.url}/api/files/default/3A1.txt",
        headers={"X-Api-Key": waha.api_key, "Range": wanted},
    )

    assert (answer.status_code, len(answer.content)) == (status, length)
    assert answer.headers.get("Content-Range") == span
