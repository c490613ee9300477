"""Labels of an account, made, changed and deleted from here as WhatsApp gets them."""

from typing import Any

import pytest

from accounts.models import User
from audit.models import AuditLog
from waha import questions
from waha.gateway.label_colors import COLORS
from waha.gateway.simulator import Simulator
from waha.inbound import drain, lookups
from waha.models import LookupKind, WahaChat, WahaLabel, WahaLookup, WahaSession
from waha.outbound import chat_marks, labels
from waha.outbound.refusals import MessageRefused

pytestmark = pytest.mark.django_db

CORAL, YELLOW = COLORS[0], COLORS[2]


@pytest.fixture
def lead(chat: WahaChat, olga: User, waha: Simulator) -> WahaLabel:
    """A label that the chat has."""
    waha.add_label("Theirs", session="support")
    label = labels.create(session=chat.session, name="Lead", color=0, by=olga)
    chat_marks.set_labels(chat=chat, labels=[label], by=olga)
    drain.drain_all()
    return label


def shown(chat: WahaChat) -> list[tuple[Any, Any]]:
    chat.refresh_from_db()
    return [(each["name"], each["color"]) for each in chat.labels or []]


def theirs(waha: Simulator) -> dict[str, tuple[str, str]]:
    found = waha.session("support").labels.items()
    return {key: (label["name"], label["colorHex"]) for key, label in found}


@pytest.mark.core
def test_name_and_colour_reach_whatsapp_the_label_and_its_chats(
    lead: WahaLabel, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    labels.change(label=lead, name="  Hot   lead ", color=2, by=olga)
    lead.refresh_from_db()
    assert (lead.name, lead.color) == ("Hot lead", YELLOW)

    drain.drain_all()

    assert shown(chat) == [("Hot lead", YELLOW)]
    assert theirs(waha)[lead.label_id] == ("Hot lead", YELLOW)
    entry = AuditLog.objects.get(event="label.changed")
    assert (entry.old_values, entry.new_values) == (
        {"name": "Lead", "color": CORAL}, {"name": "Hot lead", "color": YELLOW},
    )  # fmt: skip


@pytest.mark.parametrize("known", [True, False])
def test_colour_that_nobody_chose_stays(
    lead: WahaLabel, olga: User, waha: Simulator, known: bool
) -> None:
    if not known:
        lead.color = ""
        lead.save()

    labels.change(label=lead, name="Warm", color=None, by=olga)

    assert theirs(waha)[lead.label_id] == ("Warm", CORAL)


def test_nothing_new_asks_nobody(lead: WahaLabel, olga: User, waha: Simulator) -> None:
    waha.fault(path="*/labels/*", status=500, times=99)

    labels.change(label=lead, name="Lead", color=0, by=olga)

    assert not AuditLog.objects.filter(event="label.changed").exists()


@pytest.mark.core
def test_deleted_label_is_gone_everywhere(
    lead: WahaLabel, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    labels.delete(label=lead, by=olga)
    drain.drain_all()
    labels.delete(label=lead, by=olga)

    assert (shown(chat), list(WahaLabel.objects.standing())) == ([], [])
    assert [name for name, _color in theirs(waha).values()] == ["Theirs"]
    assert AuditLog.objects.filter(event="label.deleted").count() == 1


def test_label_the_phone_deleted_is_deleted_here(
    lead: WahaLabel, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    waha.session("support").labels.clear()

    labels.delete(label=lead, by=olga)
    drain.drain_all()

    assert shown(chat) == []


def test_label_the_phone_deleted_cannot_be_changed_and_the_list_is_read_again(
    lead: WahaLabel, olga: User, waha: Simulator, number: WahaSession
) -> None:
    waha.session("support").labels.clear()

    with pytest.raises(MessageRefused, match="no such label any more"):
        labels.change(label=lead, name="Other", color=None, by=olga)

    assert WahaLookup.objects.get().kind == LookupKind.LABELS
    lookups.look_up_due()
    lead.refresh_from_db()
    with pytest.raises(MessageRefused, match="deleted meanwhile"):
        labels.change(label=lead, name="Other", color=None, by=olga)


@pytest.mark.parametrize(
    ("name", "color", "said"),
    [
        ("", 0, "a name"),
        (" \r\n\x00 ", 0, "a name"),
        ("x" * 101, 0, "too long"),
        ("Taken", 0, "already"),
        ("Fine", 20, "colours"),
        ("Fine", -1, "colours"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(
    lead: WahaLabel, olga: User, waha: Simulator, name: str, color: int, said: str
) -> None:
    labels.create(session=lead.session, name="Taken", color=1, by=olga)
    before = theirs(waha)

    with pytest.raises(MessageRefused, match=said):
        labels.change(label=lead, name=name, color=color, by=olga)

    assert theirs(waha) == before


@pytest.mark.parametrize(
    ("status", "said"),
    [(422, "WhatsApp Business"), (501, "engine"), (500, "did not answer"), (429, "reached")],
)
def test_waha_that_does_not_is_said_in_words_and_nothing_is_changed(
    lead: WahaLabel, olga: User, waha: Simulator, status: int, said: str
) -> None:
    waha.fault(path="*/labels/*", status=status, times=9)

    with pytest.raises(MessageRefused, match=said):
        labels.change(label=lead, name="Other", color=1, by=olga)
    with pytest.raises(MessageRefused):
        labels.delete(label=lead, by=olga)

    lead.refresh_from_db()
    assert (lead.name, lead.is_removed) == ("Lead", False)


def test_news_of_the_phone_after_ours_stands(
    lead: WahaLabel, chat: WahaChat, olga: User, waha: Simulator
) -> None:
    labels.change(label=lead, name="Ours", color=1, by=olga)
    waha.session("support").labels[lead.label_id]["name"] = "The phone's"
    questions.want(chat.session_id, LookupKind.LABELS)
    lookups.look_up_due()
    drain.drain_all()

    assert [name for name, _color in shown(chat)] == ["The phone's"]
