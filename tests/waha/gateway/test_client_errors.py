"""What the client makes of everything that can go wrong, against the simulator's faults."""

import logging
import socket

import httpx
import pytest

from waha.gateway.client import (
    NotSent,
    OutcomeUnknown,
    ReachoutLocked,
    Refused,
    Unavailable,
    WahaClient,
)
from waha.gateway.simulator import Simulator

CHAT = "447700900123@c.us"


def send(client: WahaClient) -> object:
    return client.send_text("default", CHAT, "hello")


def read(client: WahaClient) -> object:
    return client.messages("default", CHAT)


@pytest.fixture
def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_send_to_nobody_was_surely_not_sent(closed_port):
    client = WahaClient(f"http://127.0.0.1:{closed_port}", "key")

    with pytest.raises(NotSent) as caught:
        send(client)

    assert caught.value.reason == "WAHA cannot be reached. Is it running?"


def test_read_from_nobody_is_unavailable(closed_port):
    with pytest.raises(Unavailable):
        read(WahaClient(f"http://127.0.0.1:{closed_port}", "key"))


@pytest.mark.parametrize("error", [httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ConnectError])
def test_send_that_got_no_connection_was_surely_not_sent(error):
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    with httpx.Client(transport=httpx.MockTransport(fail)) as pool, pytest.raises(NotSent):
        send(WahaClient("http://waha", "key", pool=pool))


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError]
)
def test_send_that_broke_off_has_an_unknown_outcome(error):
    def fail(request: httpx.Request) -> httpx.Response:
        raise error("no", request=request)

    with httpx.Client(transport=httpx.MockTransport(fail)) as pool, pytest.raises(OutcomeUnknown):
        send(WahaClient("http://waha", "key", pool=pool))


@pytest.mark.parametrize(
    ("fault", "error", "accepted"),
    [
        ({"status": 500}, OutcomeUnknown, 0),
        ({"status": 502}, OutcomeUnknown, 0),
        ({"status": 503}, OutcomeUnknown, 0),
        ({"status": 500, "after": True}, OutcomeUnknown, 1),
        ({"drop": True}, OutcomeUnknown, 0),
        ({"drop": True, "after": True}, OutcomeUnknown, 1),
        ({"hang": True}, OutcomeUnknown, 0),
        ({"hang": True, "after": True}, OutcomeUnknown, 1),
        ({"delay_ms": 1500}, OutcomeUnknown, 0),
        ({"status": 429, "retry_after": 7}, NotSent, 0),
        ({"status": 400}, Refused, 0),
        ({"status": 302}, Refused, 0),
        ({"status": 403}, Refused, 0),
        ({"status": 404}, Refused, 0),
        ({"status": 413}, Refused, 0),
        ({"status": 422}, Refused, 0),
        ({"status": 501}, Refused, 0),
        ({"status": 500, "message": "server returned error 463"}, ReachoutLocked, 0),
    ],
    ids=str,
)
def test_send_under_a_fault_says_whether_it_went_out(
    client, impatient, waha, fault, error, accepted
):
    waha.fault(path="/api/sendText", **fault)

    with pytest.raises(error) as caught:
        send(impatient if fault.keys() & {"hang", "delay_ms"} else client)

    assert type(caught.value) is error
    assert len(waha.accepted) == accepted
    assert caught.value.status == fault.get("status")


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"status": 500}, Unavailable),
        ({"status": 503, "retry_after": 9}, Unavailable),
        ({"status": 429, "retry_after": 9}, Unavailable),
        ({"drop": True}, Unavailable),
        ({"hang": True}, Unavailable),
        ({"status": 404}, Refused),
        ({"status": 501}, Refused),
    ],
    ids=str,
)
def test_read_under_a_fault_says_whether_to_ask_again(client, impatient, waha, fault, error):
    waha.fault(path="/api/default/chats/*", **fault)

    with pytest.raises(error) as caught:
        read(impatient if "hang" in fault else client)

    assert type(caught.value) is error
    assert getattr(caught.value, "retry_after", None) == fault.get("retry_after")


def test_send_after_a_fault_works_again(client, waha):
    waha.fault(path="/api/sendText", drop=True)
    with pytest.raises(OutcomeUnknown):
        send(client)

    receipt = client.send_text("default", CHAT, "again")

    assert [(one.raw_id, one.text) for one in waha.sends] == [(receipt.raw_id, "again")]


def test_wrong_key_is_refused_in_words(waha):
    with pytest.raises(Refused) as caught:
        WahaClient(waha.url, "wrong").server_version()

    assert (caught.value.status, caught.value.code) == (401, "key")
    assert "API key" in caught.value.reason


def test_session_that_is_not_connected_refuses_with_its_state(client, waha):
    waha.set_session("default", status="SCAN_QR_CODE")

    with pytest.raises(Refused) as caught:
        send(client)

    assert (caught.value.code, caught.value.session_status) == ("state", "SCAN_QR_CODE")


def test_reachout_lock_stops_first_messages_only(client, waha):
    waha.say("447700900124@c.us", "Hi")
    waha.set_session("default", reachoutLocked=True)

    client.send_text("default", "447700900124@c.us", "answer")
    with pytest.raises(ReachoutLocked):
        send(client)

    assert waha.accepted == [("447700900124@c.us", "answer")]


def test_read_of_something_else_than_json_is_unavailable():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, html="<h1>Welcome to nginx!</h1>")

    with httpx.Client(transport=httpx.MockTransport(answer)) as pool, pytest.raises(Unavailable):
        read(WahaClient("http://waha", "key", pool=pool))


def test_send_accepted_with_a_strange_body_is_accepted_without_an_id():
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, text="ok")

    with httpx.Client(transport=httpx.MockTransport(answer)) as pool:
        receipt = WahaClient("http://waha", "key", pool=pool).send_text("default", CHAT, "x")

    assert (receipt.raw_id, receipt.full_id) == (None, None)


def test_redirect_is_not_followed_with_the_key():
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.host)
        return httpx.Response(307, headers={"Location": "http://evil.example/"})

    pool = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=False)
    with pool, pytest.raises(Refused) as caught:
        send(WahaClient("http://waha", "key", pool=pool))

    assert (asked, caught.value.code) == (["waha"], "redirect")


def test_key_and_numbers_stay_out_of_logs_reprs_and_errors(caplog):
    caplog.set_level(logging.DEBUG)
    secret = "k3y-that-must-not-leak"
    with Simulator(api_key=secret, acks=False) as waha:
        client = WahaClient(waha.url, secret)
        client.session("default")
        send(client)
        waha.fault(path="*", times=2, hang=True)
        words = [repr(client)]
        impatient = WahaClient(waha.url, secret, timeout=httpx.Timeout(0.2))
        for call in (send, read):
            with pytest.raises((OutcomeUnknown, Unavailable)) as caught:
                call(impatient)
            words += [str(caught.value), repr(caught.value)]
        with pytest.raises(Refused) as refused:
            client.session("missing")
        words += [str(refused.value), repr(refused.value)]

    text = "\n".join([*words, caplog.text])

    assert secret not in text
    assert "447700900123" not in text
    assert "did not answer" in text
