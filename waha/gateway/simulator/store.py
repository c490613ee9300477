"""What a simulator keeps on disk between two runs: sessions, and their messages without files."""

import dataclasses
import json
from pathlib import Path

from waha.gateway.simulator.state import Json, Message, Session

FILE = "simulator.json"
MESSAGES_KEPT = 2000
NOT_KEPT = {"media"}
SESSION_FIELDS = (
    "name", "config", "status", "statuses", "phone", "push_name", "paired",
    "is_business", "labels", "chat_labels",
)  # fmt: skip


def save(folder: Path, sessions: dict[str, Session]) -> None:
    """Write the sessions; a crash while writing leaves the old file."""
    folder.mkdir(parents=True, exist_ok=True)
    content = [_session_json(session) for session in sessions.values()]
    draft = folder / f"{FILE}.new"
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    draft.replace(folder / FILE)


def load(folder: Path) -> dict[str, Session]:
    """Read what was saved; nothing when there is nothing."""
    path = folder / FILE
    if not path.exists():
        return {}
    sessions = [_read_session(one) for one in json.loads(path.read_text(encoding="utf-8"))]
    return {session.name: session for session in sessions}


def _session_json(session: Session) -> Json:
    kept = list(session.messages.values())[-MESSAGES_KEPT:]
    return {name: getattr(session, name) for name in SESSION_FIELDS} | {
        "messages": [_message_json(message) for message in kept]
    }


def _message_json(message: Message) -> Json:
    names = [one.name for one in dataclasses.fields(message) if one.name not in NOT_KEPT]
    return {name: getattr(message, name) for name in names}


def _read_session(content: Json) -> Session:
    session = Session(**{name: content[name] for name in SESSION_FIELDS if name in content})
    for one in content["messages"]:
        session.messages[one["raw_id"]] = Message(**one)
    return session
