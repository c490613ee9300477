"""The simulated WAHA as a whole: its state, its clock and the things that happen in it."""

import asyncio
import logging
import random
import time
from collections.abc import Coroutine
from typing import Any

from waha.gateway.simulator import cast
from waha.gateway.simulator.faults import Faults
from waha.gateway.simulator.ids import api_message_id, event_id, is_group
from waha.gateway.simulator.options import Options, Preset
from waha.gateway.simulator.shapes import Shapes
from waha.gateway.simulator.state import (
    ACK_NAMES,
    AcceptedSend,
    Directory,
    Json,
    Message,
    Session,
    Truth,
)
from waha.gateway.simulator.webhooks import Webhooks

logger = logging.getLogger(__name__)
# How long an echo may keep the answer of its own send waiting.
ECHO_WAIT = 2.0


class World:
    """Everything there is. Lives on one event loop; nothing in it is locked."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.rng = random.Random(options.seed)
        self.faults = Faults(random.Random(options.seed + 1))
        self.truth = Truth()
        self.directory: Directory = cast.directory(options.people)
        self.sessions: dict[str, Session] = {}
        self.started_at = time.time()
        self.url = ""
        self.shapes = Shapes(options.engine, "http://localhost:3000", options.media_lifetime)
        self.webhooks = Webhooks(options, self.faults, self.truth, self.environment)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._due: set[asyncio.Task[Any]] = set()
        self.reset()

    def reset(self) -> None:
        """Forget messages, faults and the truth, and put the preset sessions back."""
        self.faults.clear()
        self.truth.clear()
        self.sessions.clear()
        for preset in self.options.sessions:
            self.sessions[preset.name] = self._preset(preset)

    def _preset(self, preset: Preset) -> Session:
        options = self.options
        config: Json = {"noweb": {"markOnline": False, "store": {"enabled": True}}}
        if options.webhook_url:
            retries = options.retries
            webhook: Json = {
                "url": options.webhook_url.replace("{session}", preset.name),
                "events": list(options.events),
                "hmac": {"key": options.hmac_key},
                "retries": {
                    "policy": retries.policy,
                    "delaySeconds": retries.delay_seconds,
                    "attempts": retries.attempts,
                },
            }
            config["webhooks"] = [webhook]
        paired = preset.status not in {"SCAN_QR_CODE", "FAILED"}
        now = int(time.time() * 1000)
        session = Session(
            name=preset.name,
            config=config,
            status=preset.status,
            statuses=[{"status": preset.status, "timestamp": now}],
            phone=preset.phone,
            push_name=preset.push_name,
            paired=paired,
        )
        self._label(session)
        return session

    def _label(self, session: Session) -> None:
        given = self.directory.labels.get(session.name, {})
        session.is_business = bool(given)
        for place, (name, chats) in enumerate(given.items()):
            label = session.add_label(name, place)
            for chat in chats:
                session.chat_labels.setdefault(chat, []).append(label["id"])

    @property
    def environment(self) -> Json:
        """What WAHA says of itself in every envelope."""
        return {
            "version": self.options.version,
            "engine": self.options.engine,
            "tier": "CORE",
            "browser": "/usr/bin/chromium" if self.options.engine == "WEBJS" else None,
            "platform": "linux/x64",
            "worker": {"id": "waha-simulator"},
        }

    def spawn(self, work: Coroutine[Any, Any, Any], *, due: bool = False) -> None:
        """Let something happen by itself; a failure is logged. `settle` waits for what is due."""
        task = asyncio.create_task(work)
        if due:
            self._due.add(task)
            task.add_done_callback(self._due.discard)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    async def sleep(self, seconds: float) -> None:
        """Let simulated time pass."""
        await asyncio.sleep(seconds / self.options.speed)

    async def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way: no echo, no tick, no webhook."""
        deadline = time.monotonic() + timeout
        while self._due:
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            await asyncio.wait(set(self._due), timeout=left)
        return await self.webhooks.settle(deadline - time.monotonic())

    async def close(self) -> None:
        """End everything that is going on."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.webhooks.close()

    def publish(self, session: Session, message: Message) -> list[asyncio.Task[None]]:
        """Tell the webhooks of a new message; both events share one envelope id, as in WAHA."""
        envelope = (event_id(), int(time.time() * 1000))
        shape = self.shapes.wamessage(session, message, sent=message.source == "api")
        started = []
        if not message.from_me:
            started += self.webhooks.emit(session, "message", shape, envelope=envelope)
        return started + self.webhooks.emit(session, "message.any", shape, envelope=envelope)

    async def accept(self, session: Session, message: Message) -> None:
        """Pass a send on to WhatsApp. In a share of them the echo goes out before the answer."""
        session.messages[message.raw_id] = message
        message.ack = 1 if self.options.engine == "GOWS" else 0
        self.truth.sends.append(
            AcceptedSend(
                session=session.name,
                chat_id=message.chat_id,
                kind=message.kind,
                text=message.body or "",
                raw_id=message.raw_id,
                reserved=message.reserved,
                at=time.time(),
                reply_to=message.reply_to,
            )
        )
        if self.rng.random() < self.options.echo_first:
            if echoes := self.publish(session, message):
                await asyncio.wait(echoes, timeout=ECHO_WAIT)
        else:
            self.spawn(self._publish_later(session, message), due=True)
        if self.options.acks:
            self.spawn(self._acknowledge(session, message), due=True)

    def send_ack(self, session: Session, message: Message, ack: int, who: str = "") -> None:
        """Tell the webhooks of a tick; in groups one for each member, `who`."""
        message.ack = max(message.ack, ack)
        payload: Json = {"id": message.full_id, "from": message.chat_id}
        event = "message.ack"
        if is_group(message.chat_id):
            event = "message.ack.group"
            payload["id"] = f"true_{message.chat_id}_{message.raw_id}_{session.own_id}"
            payload |= {"to": message.chat_id, "participant": who or session.own_id}
        payload |= {"fromMe": True, "ack": ack, "ackName": ACK_NAMES[ack]}
        if who:
            chat, raw = message.chat_id, message.raw_id
            key = {"remoteJid": chat, "fromMe": True, "id": raw, "participant": who}
            receipt = {"userJid": who, "readTimestamp": int(time.time())}
            payload["_data"] = {"key": key, "receipt": receipt}
        self.webhooks.emit(session, event, payload)

    def own_message(self, session: Session, chat_id: str, **fields: Any) -> Message:
        """Return a message of ours, not yet sent."""
        raw_id = fields.pop("raw_id", None) or api_message_id()
        return Message(
            raw_id=raw_id,
            chat_id=chat_id,
            from_me=True,
            timestamp=fields.pop("timestamp", None) or int(time.time()),
            source=fields.pop("source", "api"),
            participant=session.own_id if is_group(chat_id) else None,
            **fields,
        )

    async def _publish_later(self, session: Session, message: Message) -> None:
        await asyncio.sleep(0.05)
        self.publish(session, message)

    async def _acknowledge(self, session: Session, message: Message) -> None:
        await self.sleep(0.3 + 0.4 * self.rng.random())
        self.send_ack(session, message, 1)
        readers = [""]
        if group := self.directory.groups.get(message.chat_id):
            known = (self.directory.people.get(phone) for phone in group.members)
            readers = [person.lid for person in known if person]
        await self.sleep(0.5 + 0.5 * self.rng.random())
        for who in readers:
            self.send_ack(session, message, 2, who)
        await self.sleep(1 + 2 * self.rng.random())
        for who in readers:
            self.send_ack(session, message, 3, who)
        if message.kind == "voice":
            await self.sleep(4)
            self.send_ack(session, message, 4, readers[0])

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            logger.error("Something in the simulator failed.", exc_info=error)
