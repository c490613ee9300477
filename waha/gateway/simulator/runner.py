"""Running a simulator: in a thread for tests, in this process for the command."""

import asyncio
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any, Self, TypeVar

from waha.gateway.simulator import customers, lively, pairing, store
from waha.gateway.simulator.admin import change_session
from waha.gateway.simulator.app import respond
from waha.gateway.simulator.faults import RestFault, WebhookFaults
from waha.gateway.simulator.media import Media
from waha.gateway.simulator.options import Options
from waha.gateway.simulator.rest_marks import label_chat
from waha.gateway.simulator.rest_people import members
from waha.gateway.simulator.server import Request, Response, Server
from waha.gateway.simulator.state import AcceptedSend, Emission, Json, Message, Session
from waha.gateway.simulator.world import World

SAVE_SECONDS = 15.0
T = TypeVar("T")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}


class Running:
    """A simulator that listens, on the event loop it was started on."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.world = World(options)
        self._server = Server(self._respond)

    async def start(self) -> str:
        """Begin to listen; returns the address."""
        options, world = self.options, self.world
        if options.data:
            world.sessions |= store.load(options.data)
        port = await self._server.start(options.host, options.port)
        world.url = f"http://{options.host}:{port}"
        world.shapes.files_url = world.url
        for session in world.sessions.values():
            self._wake(session)
        if options.announce:
            world.spawn(self._announce())
        if options.lively:
            world.spawn(lively.live(world))
            world.spawn(lively.answer(world))
        if options.data:
            world.spawn(self._save_often())
        return world.url

    async def stop(self) -> None:
        """Stop listening, forget what was on its way, keep what is kept."""
        await self._server.stop()
        await self.world.close()
        self.save()

    def save(self) -> None:
        """Write the sessions to disk, where one is given."""
        if self.options.data:
            store.save(self.options.data, self.world.sessions)

    def _wake(self, session: Session) -> None:
        if session.status in {"SCAN_QR_CODE", "STARTING"}:
            session.status = "STOPPED"
            pairing.start(self.world, session)

    async def _announce(self) -> None:
        await self.world.sleep(1)
        for session in self.world.sessions.values():
            if session.status in {"WORKING", "FAILED"}:
                pairing.set_status(self.world, session, session.status)

    async def _save_often(self) -> None:
        while True:
            await asyncio.sleep(SAVE_SECONDS)
            self.save()

    async def _respond(self, request: Request) -> Response:
        return await respond(self.world, request)


class Simulator:
    """A WAHA in a thread, on a free port: `with Simulator(webhook_url=…) as waha:`.

    Takes the fields of `Options`. All its methods may be called from any thread.
    """

    def __init__(self, **options: Any) -> None:
        self.options = Options(**options)
        self._running = Running(self.options)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._turn, name="waha-simulator", daemon=True)
        self.url = ""

    def __enter__(self) -> Self:
        self._thread.start()
        self.url = self._wait(self._running.start())
        return self

    def __exit__(self, *_: object) -> None:
        self._wait(self._running.stop())
        self._wait(self._cancel_rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    @property
    def api_key(self) -> str:
        return self.options.api_key

    @property
    def hmac_key(self) -> str:
        return self.options.hmac_key

    @property
    def world(self) -> World:
        """The state behind; read it, but change it through the methods only."""
        return self._running.world

    @property
    def accepted(self) -> list[tuple[str, str]]:
        """What went out to WhatsApp, as (chat id, text or caption), in order."""
        return [(send.chat_id, send.text) for send in self.sends]

    @property
    def sends(self) -> list[AcceptedSend]:
        """What went out to WhatsApp, in full."""
        return list(self.world.truth.sends)

    @property
    def emissions(self) -> list[Emission]:
        """The events for webhooks so far, and what became of each."""
        return list(self.world.truth.emissions)

    @property
    def truth(self) -> Json:
        """All of it, as the admin route gives it."""
        return self._do(self.world.truth.as_json)

    def session(self, name: str = "default") -> Session:
        """Return a session's state."""
        return self.world.sessions[name]

    def say(
        self, chat: str, text: str | None = None, *, session: str = "default", **options: Any
    ) -> str:
        """Let a customer write; returns the message's full id.

        Options: kind (text, image, sticker, document, voice, audio, video, location, contact,
        poll, unsupported), sender (in groups), reply_to, message_id (raw), timestamp (s),
        from_me, emit (False: into the history only), file (Media), name, know_alt.
        """
        return self._do(self._say, session, chat, text, options).full_id

    def burst(
        self, chats: list[str], text: str = "Hello", *, session: str = "default"
    ) -> list[str]:
        """Let many customers write at once; returns the full ids."""
        return self._do(
            lambda: [self._say(session, chat, text, {}).full_id for chat in chats],
        )

    def react(self, message_id: str, emoji: str, *, session: str = "default") -> None:
        """Let the customer react to a message."""
        self._change(customers.react, session, message_id, emoji)

    def edit(self, message_id: str, text: str, *, session: str = "default") -> None:
        """Let the author change a message."""
        self._change(customers.edit, session, message_id, text)

    def revoke(self, message_id: str, *, session: str = "default") -> None:
        """Let the author delete a message for everyone."""
        self._change(customers.revoke, session, message_id)

    def read(self, chat: str, *, session: str = "default", ack: int = 3) -> int:
        """Let the customer read (or play, 4) what we wrote; returns how many ticks turned."""
        return self._do(lambda: customers.read(self.world, self.session(session), chat, ack))

    def call(self, chat: str, *, session: str = "default", **options: Any) -> str:
        """Let a phone ring; returns the call's id. Options: video, outcome, ring, anonymous."""
        return self._do(lambda: customers.call(self.world, self.session(session), chat, **options))

    def show_presence(self, chat: str, presence: str, *, session: str = "default") -> None:
        """Let a customer be seen typing, recording, online, paused or offline."""
        found = self.session(session)
        self._do(customers.show_presence, self.world, found, chat, presence)

    def fault(self, **fields: Any) -> RestFault:
        """Break REST requests; takes the fields of `RestFault`."""
        return self._do(lambda: self.world.faults.add(**fields))

    def webhook_faults(self, **fields: Any) -> WebhookFaults:
        """Break webhooks; takes the fields of `WebhookFaults`."""
        return self._do(lambda: self.world.faults.set_webhooks(**fields))

    def clear_faults(self) -> None:
        """Put everything right again."""
        self._do(self.world.faults.clear)

    def set_session(self, name: str = "default", **change: Any) -> None:
        """Change a session: status, loggedOut, silent, reachoutLocked."""
        self._do(change_session, self.world, self.session(name), change)

    def scan(self, name: str = "default", phone: str = "", push_name: str = "") -> None:
        """Scan the QR of a session."""
        self._do(pairing.scan, self.world, self.session(name), phone, push_name)

    def forget_config(self, name: str = "default") -> None:
        """Lose a session's config, webhooks and all, as old WAHAs do when they restart."""
        self._do(self.session(name).config.clear)

    def add_label(self, name: str, *, session: str = "default") -> str:
        """Make a label, as on the phone of a Business account; returns its id."""

        def add() -> str:
            found = self.session(session)
            found.is_business = True
            label = found.add_label(name, len(found.labels))
            self.world.webhooks.emit(found, "label.upsert", label)
            return str(label["id"])

        return self._do(add)

    def label_chat(self, chat: str, *label_ids: str, session: str = "default") -> None:
        """Let a chat have exactly these labels, as on the phone."""
        self._do(label_chat, self.world, self.session(session), chat, list(label_ids))

    def move(self, group: str, *, left: bool, session: str = "default") -> None:
        """Let the account leave a group, or join it again."""

        def go() -> None:
            found, known = self.session(session), self.world.directory.groups[group]
            known.own_role = "left" if left else "participant"
            about: Json = {"id": known.id, "subject": known.subject}
            if not left:
                about["participants"] = members(self.world, found, known)
            payload = {"group": about, "timestamp": int(time.time() * 1000)}
            event = "group.v2.leave" if left else "group.v2.join"
            self.world.webhooks.emit(found, event, payload)

        self._do(go)

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is on its way: no echo, no tick, no webhook."""
        return self._wait(self.world.settle(timeout), timeout + 5)

    def reset(self) -> None:
        """Start over: preset sessions only, no messages, no faults, an empty truth."""
        self._do(self.world.reset)

    def _say(self, session: str, chat: str, text: str | None, options: Json) -> Message:
        return customers.write(self.world, self.session(session), chat, text, **options)

    def _change(
        self, action: Callable[..., None], session: str, message_id: str, *rest: str
    ) -> None:
        found = self.session(session)
        message = found.find(message_id)
        if message is None:
            raise LookupError(f"The simulator has no message {message_id}.")
        self._do(action, self.world, found, message, *rest)

    def _do(self, function: Callable[..., T], *args: Any) -> T:
        async def run() -> T:
            return function(*args)

        return self._wait(run())

    def _wait(self, work: Coroutine[Any, Any, T], timeout: float = 60) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout)

    def _turn(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _cancel_rest(self) -> None:
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)


__all__ = ["LOOPBACK", "Media", "Running", "Simulator"]
