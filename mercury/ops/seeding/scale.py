"""A large company's conversations: up to tens of millions of messages, to see how it is then.

As many chats whatever the number of messages, sized by Zipf's law, over 24 months; rows go in
by time, as they would have come. Everything follows from the plan, which the first number keeps
in its `config` with how much of it is done: a run that was killed goes on, a second adds nothing.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from mercury import words
from mercury.db.ids import EPOCH_MS, RANDOM_BITS
from mercury.ops.seeding import factories
from mercury.ops.seeding.inserts import Inserts, chunks
from waha import texts
from waha.models import (
    ChatRead,
    MessageStatus,
    WahaChat,
    WahaChatAddress,
    WahaMessage,
    WahaMessageKey,
    WahaMessageText,
    WahaServer,
    WahaSession,
)

NAME, SESSIONS, CHATS = "scale", 4, 20_000
DAYS = 700  # the table's oldest partition is 24 months back
CHUNK = 20_000
SEED = 20_26
FIRST_CUSTOMER = 447_700_900_000_000  # longer than any real number
WORDS = ("thanks", "please", "order", "tomorrow", "price", "room", "course", "invoice", "when")
PLAN = "seeded"

Progress = Callable[[int, int], object]
Say = Callable[[int], str]
Line = tuple[list[str], list[str], list[str]]


class ScaleRefused(Exception):
    """Something else was begun; the text says what to do."""


@dataclass(slots=True)
class Plan:
    """What is written, and how many messages of it are."""

    messages: int
    chats: int
    first_chat: int
    start: str
    done: int = 0
    finished: bool = False


def build(
    *,
    messages: int,
    owner: User,
    server: WahaServer,
    hmac_key: str = "",
    progress: Progress,
    say: Say | None = None,
) -> list[WahaSession]:
    """Write what is missing of so many messages and return the numbers they are on.

    `say` gives the words of the n-th message, of small ASCII letters and digits. Raises
    ScaleRefused when another scale was begun.
    """
    first = WahaSession.objects.filter(name=f"{NAME}-1").first()
    if first is None:
        _begin(messages, owner, server, hmac_key)
    numbers = list(WahaSession.objects.filter(name__startswith=f"{NAME}-").order_by("pk"))
    plan = Plan(**numbers[0].config[PLAN])
    if plan.messages != messages:
        raise ScaleRefused(
            f"{plan.messages:,} messages were begun here. Run it with --scale {plan.messages}, "
            "or in an empty database."
        )
    if not plan.finished:
        _write(plan, numbers, owner, progress, say or words_of)
    return numbers


@transaction.atomic
def _begin(messages: int, owner: User, server: WahaServer, hmac_key: str) -> None:
    """Numbers, chats that nothing is in yet, and the plan."""
    numbers = [
        factories.make_session(
            name=f"{NAME}-{n}",
            title=f"Large {n}",
            owner=owner,
            server=server,
            phone=f"+44770090070{n}",
            hmac_key=hmac_key or f"hmac-{NAME}-{n}",
        )
        for n in range(1, SESSIONS + 1)
    ]
    last = WahaChat.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    start = timezone.now().replace(microsecond=0) - timedelta(days=DAYS)
    plan = Plan(messages, CHATS, last + 1, start.isoformat())
    chats = Inserts(WahaChat, ["id", "session_id", "chat_id", "name"])
    chats.write(
        [str(plan.first_chat + n), str(_number(numbers, n)), f"'{address(n)}'", f"'Customer {n}'"]
        for n in range(CHATS)
    )
    addresses = Inserts(WahaChatAddress, ["session_id", "address", "chat_id"])
    addresses.write(
        [str(_number(numbers, n)), f"'{address(n)}'", str(plan.first_chat + n)]
        for n in range(CHATS)
    )
    _keep(numbers[0], plan)


def address(chat: int) -> str:
    """The address of the n-th customer."""
    return f"{FIRST_CUSTOMER + chat}@c.us"


def _number(numbers: Sequence[WahaSession], chat: int) -> int:
    return int(numbers[chat % SESSIONS].pk)


def _keep(number: WahaSession, plan: Plan) -> None:
    number.config = {**number.config, PLAN: asdict(plan)}
    number.save(update_fields=["config", "updated_at"])


def _write(
    plan: Plan, numbers: list[WahaSession], owner: User, progress: Progress, say: Say
) -> None:
    talk = Talk(plan, [number.pk for number in numbers], owner.pk, say)
    messages = Inserts(WahaMessage, Talk.MESSAGE)
    keys = Inserts(WahaMessageKey, Talk.KEY)
    searched = Inserts(WahaMessageText, Talk.TEXT)
    for chunk in chunks(talk.lines(), CHUNK):
        with transaction.atomic():
            messages.write(row for row, _key, _text in chunk)
            keys.write(key for _row, key, _text in chunk)
            searched.write(text for _row, _key, text in chunk)
            texts.note(int(text[0]) for _row, _key, text in chunk)
            plan.done += len(chunk)
            _keep(numbers[0], plan)
        progress(plan.done, plan.messages)
    with transaction.atomic():
        _settle(talk, owner)
        plan.finished = True
        _keep(numbers[0], plan)


def _settle(talk: "Talk", owner: User) -> None:
    """The chats' rows in the list, and how far the owner has read: all but one in twenty."""
    fields = [
        "first_message_at", "last_message_at", "last_message_pk", "last_message_preview",
        "last_message_type", "last_message_from_me", "last_message_status", "in_seq", "read_floor",
    ]  # fmt: skip
    with_target = connection.features.supports_update_conflicts_with_target
    for chunk in chunks(talk.chats(), 1_000):
        # They are all there: this is an UPDATE of many rows with other values each.
        WahaChat.objects.bulk_create(
            chunk,
            update_conflicts=True,
            update_fields=[*fields, "updated_at"],
            unique_fields=["pk"] if with_target else None,
        )
        reads = [ChatRead(chat=chat, user=owner, read_seq=chat.read_floor) for chat in chunk]
        ChatRead.objects.bulk_create(reads)


class Talk:
    """The messages of a plan, always the same, and what they make of their chats' rows."""

    MESSAGE = (
        "id", "session_id", "chat_id", "message_id", "content", "status", "created_at", "wa_at",
        "stored_at", "from_me", "sent_by_id", "sender_id", "sender_name", "in_seq",
    )  # fmt: skip
    KEY = ("session_id", "from_me", "message_id", "message_pk", "created_at")
    TEXT = ("id", "session_id", "chat_id", "created_at", "from_me", "type", "words")

    def __init__(self, plan: Plan, sessions: list[int], user: int, say: Say) -> None:
        self.plan = plan
        self.say = say
        self.sessions = sessions
        self.user = user
        self.start = datetime.fromisoformat(plan.start).astimezone(UTC).replace(tzinfo=None)
        self.step = timedelta(days=DAYS) / plan.messages
        self.counts = [0] * plan.chats
        self.incoming = [0] * plan.chats
        self.first: list[int | None] = [None] * plan.chats
        self.last: list[int | None] = [None] * plan.chats

    def lines(self) -> Iterator[Line]:
        """Literals of the messages that are not written yet, of their keys and of what search
        knows of them, oldest first."""
        done = self.plan.done
        for number, chat in enumerate(self._picks()):
            from_me = self.counts[chat] % 5 < 2
            self.counts[chat] += 1
            if not from_me:
                self.incoming[chat] += 1
            if self.first[chat] is None:
                self.first[chat] = number
            self.last[chat] = number
            if number >= done:
                yield self._line(number, chat, from_me)

    def chats(self) -> Iterator[WahaChat]:
        """The chats as the messages so far leave them."""
        for chat, (first, last) in enumerate(zip(self.first, self.last, strict=True)):
            if first is None or last is None:
                continue
            from_me = (self.counts[chat] - 1) % 5 < 2
            heard = self.incoming[chat]
            yield WahaChat(
                pk=self.plan.first_chat + chat,
                session_id=self.sessions[chat % SESSIONS],
                chat_id=address(chat),
                name=f"Customer {chat}",
                first_message_at=self._at(first).replace(tzinfo=UTC),
                last_message_at=self._at(last).replace(tzinfo=UTC),
                last_message_pk=self._pk(last),
                last_message_preview=self.say(last),
                last_message_type="text",
                last_message_from_me=from_me,
                last_message_status=_status(from_me),
                in_seq=heard,
                read_floor=max(0, heard - (2 if chat % 20 == 0 else 0)),
            )

    def _picks(self) -> Iterator[int]:
        """The chat of each message; each portion from a seed of its own."""
        weights = list(accumulate(1 / rank for rank in range(1, self.plan.chats + 1)))
        chats = range(self.plan.chats)
        for begin in range(0, self.plan.messages, CHUNK):
            size = min(CHUNK, self.plan.messages - begin)
            chance = random.Random(SEED + begin)  # noqa: S311  # guards nothing
            yield from chance.choices(chats, cum_weights=weights, k=size)

    def _line(self, number: int, chat: int, from_me: bool) -> Line:
        pk, at = str(self._pk(number)), f"'{self._at(number).isoformat(' ')}'"
        session, raw = str(self.sessions[chat % SESSIONS]), f"'3EB0{number:018X}'"
        mine = "1" if from_me else "0"
        who = (
            [str(self.user), "''", "''", "NULL"]
            if from_me
            else ["NULL", f"'{address(chat)}'", f"'Customer {chat}'", str(self.incoming[chat])]
        )
        said, chat_pk = self.say(number), str(self.plan.first_chat + chat)
        row = [
            pk, session, chat_pk, raw, f"'{said}'", f"'{_status(from_me)}'", at, at, at, mine, *who,
        ]  # fmt: skip
        searched = words.text_of(said, sender="" if from_me else f"Customer {chat}")
        text = [pk, session, chat_pk, at, mine, "'text'", f"'{searched}'"]
        return row, [session, mine, raw, pk, at], text

    def _at(self, number: int) -> datetime:
        return self.start + number * self.step

    def _pk(self, number: int) -> int:
        at = self._at(number).replace(tzinfo=UTC)
        milliseconds = int(at.timestamp() * 1000) - EPOCH_MS
        low: int = number % 2**RANDOM_BITS
        return (milliseconds << RANDOM_BITS) | low


def words_of(number: int) -> str:
    """What the n-th message says."""
    return " ".join(WORDS[(number + i * 5) % len(WORDS)] for i in range(number % 15))


def _status(from_me: bool) -> str:
    return (MessageStatus.READ if from_me else MessageStatus.RECEIVED).value
