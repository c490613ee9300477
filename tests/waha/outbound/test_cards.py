"""Places, contacts and polls on their way out."""

from typing import Any

import pytest

from accounts.models import User
from waha.gateway.simulator import Simulator
from waha.models import MessageType, WahaChat, WahaMessage
from waha.outbound import deliver, outbox
from waha.outbound.refusals import MessageRefused

pytestmark = [pytest.mark.django_db, pytest.mark.core]

CARDS: dict[MessageType, dict[str, Any]] = {
    MessageType.LOCATION: {
        "location": {"latitude": 52.5163, "longitude": 13.3777, "name": "Brandenburg Gate"}
    },
    MessageType.CONTACT: {
        "contacts": [
            {"name": "Olga", "phones": [{"number": "+447700900124", "wa": "447700900124"}]}
        ]
    },
    MessageType.POLL: {
        "poll": {"name": "When?", "options": ["Mon", "Tue"], "many": True, "votes": {}}
    },
}


@pytest.mark.parametrize("kind", CARDS)
def test_card_goes_out_as_what_it_is(
    waha: Simulator, chat: WahaChat, olga: User, kind: MessageType
) -> None:
    message = outbox.send_card(chat=chat, kind=kind, extra=CARDS[kind], by=olga, client_token="t1")
    deliver.deliver_due()

    message.refresh_from_db()
    assert (message.status, message.type, message.extra) == ("sent", kind, CARDS[kind])
    on_whatsapp = waha.session("support").find(message.message_id)
    assert on_whatsapp.kind == kind.value


def test_card_asked_for_twice_goes_out_once(waha: Simulator, chat: WahaChat, olga: User) -> None:
    kind = MessageType.POLL
    for _ in range(2):
        outbox.send_card(chat=chat, kind=kind, extra=CARDS[kind], by=olga, client_token="t1")
    deliver.deliver_due()

    assert WahaMessage.objects.count() == 1
    assert len(waha.sends) == 1


def test_card_into_a_closed_chat_is_refused(number: Any, chat: WahaChat, olga: User) -> None:
    number.status = "stopped"
    number.save()
    kind = MessageType.POLL

    with pytest.raises(MessageRefused, match="switched off"):
        outbox.send_card(chat=chat, kind=kind, extra=CARDS[kind], by=olga, client_token="t1")
