"""From scenes and exchanges to drafts of messages with their times."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from accounts.models import User
from mercury.ops.seeding.messages import Draft
from mercury.ops.seeding.office.people import Customer
from mercury.ops.seeding.office.scenes import OUT, Scene, Step
from mercury.ops.seeding.office.talk import LANGUAGES
from waha.models import MediaState, MessageStatus, WahaChat, WahaMessage


def history(
    rng: random.Random, *, language: str, since: datetime, until: datetime, exchanges: int
) -> Iterator[tuple[datetime, str, str]]:
    """(when, side, text) of small talks at office hours, spread over the months."""
    span = (until - since) / max(exchanges, 1)
    known = LANGUAGES[language]
    order = [
        each for _round in range(exchanges // len(known) + 1) for each in _shuffled(rng, known)
    ]
    for number in range(exchanges):
        at = since + span * number + span * rng.random() * 0.8
        at = at.replace(hour=rng.randint(7, 16), minute=rng.randrange(60))
        for side, text in order[number]:
            at += timedelta(seconds=rng.randint(40, 600))
            if at < until:
                yield at, side, text


def from_history(
    rng: random.Random,
    talk: Iterator[tuple[datetime, str, str]],
    people: list[Customer],
    staff: list[User],
) -> list[Draft]:
    """Drafts of small talk; in a group the customers take turns."""
    drafts: list[Draft] = []
    for at, side, text in talk:
        if side == OUT:
            status = MessageStatus.READ if rng.random() < 0.9 else MessageStatus.DELIVERED
            by = rng.choice([*staff, None]) if staff else None
            drafts.append(Draft(text, from_me=True, at=at, status=status, sent_by=by))
            continue
        who = rng.choice(people)
        drafts.append(Draft(text, at=at, sender_id=who.chat_id, sender_name=who.name))
    return drafts


def from_scene(
    scene: Scene,
    *,
    now: datetime,
    chat: WahaChat,
    people: dict[str, Customer],
    staff: dict[str, User],
) -> list[Draft]:
    """Drafts of a scene that ends `minutes_ago`."""
    drafts: list[Draft] = []
    for number, step in enumerate(scene.steps):
        minutes = scene.minutes_ago + 2 * (len(scene.steps) - 1 - number)
        draft = _draft(step, now - timedelta(minutes=minutes), chat, people, staff)
        draft.message_id = "" if draft.message_id == "-" else f"SEED{chat.pk:06d}{number:04d}"
        if step.quote:
            _quote(draft, drafts[-step.quote])
        drafts.append(draft)
    return drafts


def _draft(
    step: Step,
    at: datetime,
    chat: WahaChat,
    people: dict[str, Customer],
    staff: dict[str, User],
) -> Draft:
    own = step.side == OUT
    who = people.get(step.who) or people.get(chat.name)
    fields: dict[str, Any] = {"extra": dict(step.extra), "error": step.error}
    if step.edited:
        fields["edited_at"] = at + timedelta(seconds=40)
    if step.revoked:
        fields["revoked_at"] = at + timedelta(seconds=50)
    if step.seconds is not None:
        fields["media_seconds"] = step.seconds
    draft = Draft(
        step.text,
        from_me=own,
        at=at,
        type=step.type,
        status=step.status,
        sent_by=staff.get(step.by),
        sender_id=who.chat_id if who and not own else "",
        sender_name=who.name if who and not own else "",
        fields=fields,
    )
    if step.reaction:
        by = (chat.chat_id, chat.name) if own else (chat.session.me_id, "")
        draft.reactions = [(*by, step.reaction)]
    if step.status in {MessageStatus.PENDING, MessageStatus.UNKNOWN, MessageStatus.FAILED}:
        draft.message_id = "-"
    return draft


def _quote(draft: Draft, original: Draft) -> None:
    draft.reply_to = original.message_id
    draft.fields["extra"]["quote"] = {
        "sender": original.sender_id,
        "type": str(original.type),
        "text": original.content,
        "from_me": original.from_me,
    }


def mark_stored(row: WahaMessage, name: str, mime: str, size: int) -> None:
    """Note on a message that its file is here."""
    row.media_state = MediaState.STORED
    row.media_name, row.media_mime, row.media_size = name, mime, size
    row.save(update_fields=["media_state", "media_name", "media_mime", "media_size", "updated_at"])


def mark_missing(row: WahaMessage, name: str) -> None:
    """Note on a message that its file could not be fetched."""
    row.media_state, row.media_name = MediaState.MISSING, name
    row.save(update_fields=["media_state", "media_name", "updated_at"])


def _shuffled(rng: random.Random, known: tuple[object, ...]) -> list[tuple[tuple[str, str], ...]]:
    return rng.sample(list(known), len(known))  # type: ignore[arg-type]  # a tuple of exchanges
