"""Reading chats, people and files from WAHA."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from waha.gateway.answers import (
    ChatOverview,
    ContactInfo,
    Json,
    LidPair,
    NumberCheck,
    Participant,
    as_dict,
    as_list,
)
from waha.gateway.errors import Refused, Unavailable
from waha.gateway.media_path import media_path
from waha.gateway.session_calls import escape
from waha.gateway.transport import Transport

CHUNK = 64 * 1024


@dataclass(frozen=True)
class FileStream:
    """A file that is being fetched. `mimetype` and `size` are WAHA's word, not the truth."""

    mimetype: str
    size: int | None
    _response: httpx.Response = field(repr=False)

    def __iter__(self) -> Iterator[bytes]:
        return self._response.iter_bytes(CHUNK)


class ChatCalls(Transport):
    """Reads. Raise Unavailable (ask again later) or Refused."""

    def messages(
        self,
        session: str,
        chat_id: str,
        *,
        limit: int = 100,
        offset: int = 0,
        since: datetime | None = None,
        until: datetime | None = None,
        download_media: bool = False,
        oldest_first: bool = False,
    ) -> list[Json]:
        """Return WAMessages as they came; chat `all` spans chats on NOWEB and GOWS.

        A page may hold fewer than `limit` and still not be the last: go on by `limit` until
        one is empty.
        """
        params: dict[str, Any] = {
            "limit": limit,
            "offset": offset,
            # WAHA's default is to download, which blocks it for as long as that takes.
            "downloadMedia": _flag(download_media),
            "sortBy": "timestamp",
            "sortOrder": "asc" if oldest_first else "desc",
        }
        if since:
            params["filter.timestamp.gte"] = int(since.timestamp())
        if until:
            params["filter.timestamp.lte"] = int(until.timestamp())
        path = f"/api/{escape(session)}/chats/{escape(chat_id)}/messages"
        return as_list(self._read("GET", path, params=params))

    def message(
        self, session: str, chat_id: str, message_id: str, *, download_media: bool = False
    ) -> Json:
        """Return one WAMessage; with `download_media` WAHA fetches an expired file again."""
        path = f"/api/{escape(session)}/chats/{escape(chat_id)}/messages/{escape(message_id)}"
        answer = self._read("GET", path, params={"downloadMedia": _flag(download_media)})
        if not isinstance(answer, dict):
            raise Unavailable("WAHA gave an empty answer for a message.")
        return answer

    def chats_overview(
        self, session: str, *, limit: int = 100, offset: int = 0
    ) -> list[ChatOverview]:
        """Return WAHA's own chat list; NOWEB's may be empty though chats hold messages."""
        path = f"/api/{escape(session)}/chats/overview"
        found = self._read("GET", path, params={"limit": limit, "offset": offset})
        return [ChatOverview.read(one) for one in as_list(found)]

    def contact(self, session: str, contact_id: str) -> ContactInfo | None:
        """Return a contact, None when WAHA knows nothing (it answers 200 with no body)."""
        params = {"contactId": contact_id, "session": session}
        return ContactInfo.read(self._read("GET", "/api/contacts", params=params))

    def check_exists(self, session: str, phone: str) -> NumberCheck:
        """Tell whether a phone is on WhatsApp. Ask before a first message, and keep the answer."""
        params = {"phone": phone, "session": session}
        return NumberCheck.read(self._read("GET", "/api/contacts/check-exists", params=params))

    def lids(self, session: str, *, limit: int = 100, offset: int = 0) -> list[LidPair]:
        """Return the pairs of addresses WAHA has learnt so far."""
        path = f"/api/{escape(session)}/lids"
        found = self._read("GET", path, params={"limit": limit, "offset": offset})
        return [LidPair.read(one) for one in as_list(found)]

    def lid_to_phone(self, session: str, lid: str) -> str | None:
        """Return the phone address behind a LID, None while WAHA does not know it."""
        path = f"/api/{escape(session)}/lids/{escape(lid)}"
        return LidPair.read(self._read("GET", path)).pn

    def phone_to_lid(self, session: str, phone: str) -> str | None:
        """Return the LID of a phone, None while WAHA does not know it."""
        path = f"/api/{escape(session)}/lids/pn/{escape(phone)}"
        return LidPair.read(self._read("GET", path)).lid

    def group_participants(self, session: str, group_id: str) -> list[Participant]:
        """Return who is in a group."""
        path = f"/api/{escape(session)}/groups/{escape(group_id)}/participants/v2"
        return [Participant.read(one) for one in as_list(self._read("GET", path))]

    def group_subject(self, session: str, group_id: str) -> str | None:
        """Return a group's name; the field's own name differs per engine."""
        answer = as_dict(self._read("GET", f"/api/{escape(session)}/groups/{escape(group_id)}"))
        for name in ("subject", "Name", "name"):
            if isinstance(answer.get(name), str):
                return str(answer[name])
        return None

    def only_admins_write(self, session: str, group_id: str) -> bool | None:
        """Return whether only a group's admins may write, None where WAHA does not say."""
        setting = f"/api/{escape(session)}/groups/{escape(group_id)}/settings/security"
        try:
            answer = as_dict(self._read("GET", f"{setting}/messages-admin-only"))
        except Refused as refusal:
            if refusal.code in ("missing", "unprocessable", "unsupported"):
                return None
            raise
        told = answer.get("adminsOnly")
        return told if isinstance(told, bool) else None

    @contextmanager
    def fetch_file(self, path: str) -> Iterator[FileStream]:
        """Open a media file as a stream of chunks. Only the path of an address is ever used.

        Raises BadMediaUrl for anything that is not one of WAHA's files, Refused (`missing`)
        when it is gone, Unavailable when the stream breaks off.
        """
        with self._stream(media_path(path)) as response:
            size = response.headers.get("Content-Length", "")
            yield FileStream(
                mimetype=response.headers.get("Content-Type", ""),
                size=int(size) if size.isdigit() else None,
                _response=response,
            )


def _flag(value: bool) -> str:
    return "true" if value else "false"
