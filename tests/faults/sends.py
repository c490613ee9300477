"""Sends while WAHA drops its answers and workers are killed with a message in their hands."""

import io
import random
from collections import Counter
from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from mercury.ops.seeding.factories import make_chat, make_session, make_user
from tests.faults.machine import Machine, until
from tests.faults.report import Report
from waha import servers
from waha.gateway.simulator import Preset, Simulator
from waha.models import MessageStatus, OutboxState, WahaMessage, WahaOutbox, WahaPace, WahaSession
from waha.outbound import outbox

SENDS, CHATS, KILLS, DROPPED = 1_000, 60, 20, 0.3
OPEN = (OutboxState.QUEUED, OutboxState.SENDING)
PHONE = "447700900001"


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Compare what was asked with what WhatsApp got and with what people see."""
    rng = random.Random(seed)
    how_many = int(SENDS * scale)
    name = f"sends-{seed}"
    with Simulator(
        port=urlsplit(settings.WAHA_URL).port,
        api_key=settings.WAHA_API_KEY,
        hmac_key=settings.WAHA_HMAC_KEY,
        sessions=(Preset(name, phone=PHONE),),
        webhook_url=f"http://127.0.0.1:{machine.port}/waha/webhook/{{session}}/",
        seed=seed,
    ) as waha:
        session = make_session(
            name=name,
            server=servers.first_server(),
            hmac_key=settings.WAHA_HMAC_KEY,
            phone=f"+{PHONE}",
        )
        # WAHA has the message and the connection breaks before it says so.
        waha.fault(
            path="/api/send*", times=None, probability=DROPPED, after=True, drop=True, delay_ms=200
        )
        waha.fault(path="/api/send*", times=None, delay_ms=200)  # long enough to be killed in
        machine.forget_kills()
        # What a person would wait for is no part of this: as fast as it goes.
        WahaPace.objects.create(
            session=session, typing=False, gap_ms=0, cold_gap_seconds=0, cold_a_day=SENDS
        )
        asked = _send_all(session, how_many, rng)
        _kill(machine, session, how_many)
        waha.clear_faults()
        settled = until(lambda: _is_settled(session), seconds=300)
        waha.settle()
        return _report(machine, session, asked, waha, settled)


def _send_all(session: WahaSession, how_many: int, rng: random.Random) -> list[str]:
    """Queue texts and, one in five, pictures; every tenth form is sent in twice."""
    user = make_user()
    chats = [
        make_chat(session=session, chat_id=f"44770092{number:04}@c.us")
        for number in range(1, CHATS + 1)
    ]
    asked = []
    for number in range(how_many):
        words, token = f"Message {number}", f"{session.name}-{number}"
        chat = rng.choice(chats)
        for _ in range(2 if number % 10 == 0 else 1):
            if number % 5:
                outbox.send_text(chat=chat, body=words, by=user, client_token=token)
            else:
                outbox.send_file(
                    chat=chat, upload=_picture(number), by=user, client_token=token, caption=words
                )
        asked.append(words)
    return asked


def _picture(number: int) -> "SimpleUploadedFile":
    file = io.BytesIO()
    Image.new("RGB", (8, 8), (number % 256, 90, 120)).save(file, "PNG")
    return SimpleUploadedFile("picture.png", file.getvalue(), "image/png")


def _kill(machine: Machine, session: WahaSession, how_many: int) -> None:
    """Kill the worker again and again, each time while a send is between POST and answer."""
    rows = WahaOutbox.objects.filter(session=session)
    for number in range(1, KILLS + 1):
        share = how_many * number / (KILLS + 2)

        def in_flight(share: float = share) -> bool:
            begun = rows.exclude(state=OutboxState.QUEUED).count()
            return begun >= share and rows.filter(
                state=OutboxState.SENDING, posted_at__isnull=False,
                posted_at__gte=timezone.now() - timedelta(seconds=1),
            ).exists()  # fmt: skip

        until(in_flight, seconds=40)
        machine.restart("worker")


def _is_settled(session: WahaSession) -> bool:
    """Nothing is on its way, and what is not known is resolved or shown as such."""
    rows = WahaOutbox.objects.filter(session=session)
    return not rows.filter(state__in=OPEN).exists() and not _hidden(session)


def _hidden(session: WahaSession) -> int:
    unknown = WahaOutbox.objects.filter(session=session, state=OutboxState.UNKNOWN)
    return WahaMessage.objects.filter(
        pk__in=list(unknown.values_list("message_id", flat=True)), status=MessageStatus.PENDING
    ).count()


def _report(
    machine: Machine, session: WahaSession, asked: list[str], waha: Simulator, settled: bool
) -> Report:
    accepted = Counter(send.text for send in waha.sends)
    bubbles = Counter(
        WahaMessage.objects.filter(session=session, from_me=True).values_list("content", flat=True)
    )
    told = dict(
        WahaMessage.objects.filter(session=session, from_me=True).values_list("content", "status")
    )
    gone = {MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ}
    states = Counter(WahaOutbox.objects.filter(session=session).values_list("state", flat=True))
    return Report(
        "sends",
        machine.injected + waha.world.truth.faults_injected,
        {
            "attempted": len(asked),
            "accepted by WhatsApp": sum(accepted.values()),
            "outbox": dict(states),
            "shown as": dict(Counter(told.values())),
            "killed": machine.kills,
        },
        {
            "delivered twice": sum(accepted.values()) - len(accepted),
            "lost": len(set(asked) - set(bubbles)),
            "second bubbles": sum(bubbles.values()) - len(bubbles),
            "said sent but not accepted": sum(
                status in gone and words not in accepted for words, status in told.items()
            ),
            "said failed but accepted": sum(
                status == MessageStatus.FAILED and words in accepted
                for words, status in told.items()
            ),
            "not confirmed but accepted": sum(
                status == MessageStatus.UNKNOWN and words in accepted
                for words, status in told.items()
            ),
            "unknown and not shown": _hidden(session),
            "not settled": 0 if settled else 1,
        },
    )
