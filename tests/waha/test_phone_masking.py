"""No page gives a full phone number to somebody who may not see them."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.models import User
from crm.models import Company, Contact
from mercury.ui import phones
from tests.factories import (
    make_call,
    make_chat,
    make_company,
    make_contact,
    make_instructor,
    make_message,
    make_role,
    make_session,
    make_user,
)
from tests.house.test_views import patterns
from waha import sharing
from waha.models import (
    EventState,
    Level,
    MessageType,
    OutboxState,
    WahaChat,
    WahaEvent,
    WahaMessage,
    WahaOutbox,
    WahaSession,
)

NUMBER = "493023125044"
CUSTOMER = "447700900111"
NAMED = "447700900222"
MEMBER = "447700900333"
CARD = "447700900444"
TEXT = "447700900555"
CONTACT = "447700900666"
CALLER = "447700900777"
CALLED = "447700900888"
FIRM = "447700900999"
ERROR = "447700900122"
SECRETS = [NUMBER, CUSTOMER, NAMED, MEMBER, CARD, TEXT, CONTACT, CALLER, CALLED, FIRM, ERROR]


def digits_of(page: str) -> str:
    """The page without what people write between the digits of a number."""
    return re.sub(r"(?<=\d)[\s().\u00a0-]+(?=\d)", "", page)


def told(page: str) -> list[str]:
    """Numbers that the page gives away."""
    return [secret for secret in SECRETS if secret in digits_of(page)]


@pytest.fixture
def session(db: None) -> WahaSession:
    return make_session(title="Sales", phone=f"+{NUMBER}", me_id=f"{NUMBER}@c.us")


@pytest.fixture
def chat(session: WahaSession) -> WahaChat:
    """A group full of numbers; beside it chats that are called by their phones."""
    nameless = make_chat(session=session, chat_id=f"{CUSTOMER}@c.us", name="")
    make_message(nameless, f"My other phone is +{TEXT[:2]} {TEXT[2:]}")
    named = make_chat(session=session, chat_id=f"{NAMED}@c.us", name=f"+{NAMED[:2]} {NAMED[2:]}")
    make_message(named, "Hello")
    make_call(chat=nameless, from_id=f"{CALLER}@c.us")
    contact = make_contact(phone=f"+{CONTACT}", name="Kim")
    group = make_chat(session=session, chat_id="120363000000000001@g.us", name="Class")
    first = make_message(
        group,
        f"Ask @{MEMBER} please",
        sender_id=f"{MEMBER}@c.us",
        sender_name="",
        reactions=[(f"{MEMBER}@c.us", "", "👍")],
        at=timezone.now() - timedelta(minutes=5),
    )
    make_message(
        group,
        f"{MEMBER} joined",
        type=MessageType.SYSTEM,
        reply_to=first.message_id,
        sender_id=f"{MEMBER}@c.us",
        sender_name=f"+{MEMBER}",
    )
    card = {"name": f"+{CARD}", "phones": [{"number": f"+{CARD}", "wa": CARD}]}
    make_message(group, "", type=MessageType.CONTACT, extra={"contacts": [card]})
    group.contact = contact
    company = make_company(name=f"+{FIRM}")
    make_contact(phone=f"+{CALLED}", name=f"+{CALLED[:2]} {CALLED[2:]}", company=company)
    trouble = f"{ERROR} is not on WhatsApp"
    WahaEvent.objects.create(
        session=session, event="message", envelope_id="e1", body=b"{}", last_error=trouble,
        state=EventState.DEAD,
    )  # fmt: skip
    WahaOutbox.objects.create(
        session=session, chat=group, message=first, message_created_at=first.created_at,
        client_token="t1", state=OutboxState.FAILED, last_error=trouble,
    )  # fmt: skip
    return group


@pytest.fixture
def masked(session: WahaSession) -> User:
    """Somebody who works the number and may do much, but not see phones."""
    user = make_user(role="Admin", is_staff=True)
    role = make_role("Admin")
    role.group.permissions.remove(
        *role.group.permissions.filter(content_type__app_label="accounts", codename="see_phones")
    )
    sharing.share(session=session, user=user, level=Level.MANAGE, by=None)
    return User.objects.get(pk=user.pk)


def pages(session: WahaSession, chat: WahaChat) -> list[str]:
    """Every address a browser can GET, on rows of this number."""
    mine = {
        "chat_id": chat.pk,
        "pk": session.pk,
        "message_id": WahaMessage.objects.filter(chat=chat).values_list("pk", flat=True)[0],
    }
    found = []
    for route, pattern in patterns(get_resolver()):
        if not isinstance(pattern, URLPattern) or route.startswith(("accounts/", "waha/", "^")):
            continue
        filled = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(mine.get(match[1], "x")), route)
        if "(" not in filled and "logout" not in filled:
            found.append("/" + filled.replace("/x/", f"/{session.pk}/"))
    others = [each.pk for each in WahaChat.objects.exclude(pk=chat.pk)]
    found += [f"/inbox/{pk}/" for pk in [*others, chat.pk]]
    found += [f"/inbox/{pk}/access/" for pk in others]
    found += [f"/inbox/live/?chats={','.join(map(str, others))}&open={others[0]}"]
    found += [f"/inbox/new/?contact={chat.contact_id}", "/inbox/new/?q=44", "/inbox/new/?q=Kim"]
    for model in (Contact, Company, WahaSession, WahaEvent, WahaOutbox):
        label = f"{model._meta.app_label}/{model._meta.model_name}"
        keys = model._default_manager.values_list("pk", flat=True)
        found += [f"/admin/{label}/{pk}/{page}/" for pk in keys for page in ("change", "history")]
    for model, section in ((Contact, "contacts"), (Company, "companies")):
        keys = model._default_manager.values_list("pk", flat=True)
        found += [f"/{section}/{pk}/{page}" for pk in keys for page in ("", "edit/")]
    question = "app_label=crm&model_name=contact&field_name=company&term=44"
    found += [f"/admin/autocomplete/?{question}", "/search/?q=44", "/search/?q=Kim"]
    found += [f"/{section}/?q={words}" for section in ("contacts", "companies")
              for words in ("44", "Kim")]  # fmt: skip
    return found


def test_no_page_gives_a_number_away(masked: User, session: WahaSession, chat: WahaChat) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(masked)

    read, leaks = 0, {}
    for url in pages(session, chat):
        answer = client.get(url)
        text = b"".join(answer).decode(errors="replace")
        read += answer.status_code == 200
        if found := told(text + str(answer.headers)):
            leaks[url] = found

    assert leaks == {}
    assert read > 40


def test_the_same_pages_show_numbers_to_who_may_see_them(
    masked: User, session: WahaSession, chat: WahaChat
) -> None:
    """What the test above looks for would be found."""
    viewer = make_user(role="Agent")
    sharing.share(session=session, user=viewer, level=Level.REPLY, by=None)
    client = Client(raise_request_exception=False)
    client.force_login(viewer)

    found: set[str] = set()
    for url in pages(session, chat):
        found.update(told(b"".join(client.get(url)).decode(errors="replace")))

    elsewhere = {CONTACT, CALLER, CALLED, FIRM, ERROR}
    assert sorted(set(SECRETS) - found - elsewhere) == []


def test_the_administration_shows_them_to_who_may_see_them(
    session: WahaSession, chat: WahaChat
) -> None:
    owner = make_user(role="Owner", is_staff=True)
    sharing.share(session=session, user=owner, level=Level.VIEW, by=None)
    client = Client(raise_request_exception=False)
    client.force_login(owner)

    found: set[str] = set()
    for url in pages(session, chat):
        if url.startswith(("/admin/crm/", "/admin/waha/", "/contacts/")):
            found.update(told(b"".join(client.get(url)).decode(errors="replace")))

    assert {CONTACT, CALLED, FIRM, ERROR, NUMBER} <= found


@pytest.mark.parametrize("words", ["00111", "447700900111", "900222", "44 7700", "Kim 4477"])
def test_searching_digits_tells_nothing(
    masked: User, session: WahaSession, chat: WahaChat, words: str
) -> None:
    client = Client()
    client.force_login(masked)
    make_message(make_chat(session=session, name="Kim 447700900123"), "Hello")

    page = client.get("/inbox/", {"q": words})

    assert page.context["rows"] == []


def test_a_contact_is_no_address_to_write_to(
    masked: User, session: WahaSession, chat: WahaChat
) -> None:
    client = Client()
    client.force_login(masked)

    page = client.get(f"/inbox/{chat.pk}/").content.decode()

    assert "••• 444" in page
    assert "/inbox/new/?phone" not in page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+49 30 5550 4410", "••• 410"),
        ("Call +49 30 5550-4410 now", "Call ••• 410 now"),
        ("447700900123", "••• 123"),
        ("Class of 2024", "Class of 2024"),
        ("Room 12, 3 seats", "Room 12, 3 seats"),
        ("José +447700900123", "José ••• 123"),
        ("", ""),
    ],
)
def test_name_masks_phones_alone(text: str, expected: str) -> None:
    with phones.shown_if(lambda: False):
        assert phones.name(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Order 12345678 for 100.50", "Order 12345678 for 100.50"),
        ("Ring +44 7700 900123!", "Ring ••• 123!"),
        ("@447700900123 see above", "••• 123 see above"),
        ("me@example.com", "me@example.com"),
    ],
)
def test_text_masks_what_is_surely_a_phone(text: str, expected: str) -> None:
    with phones.shown_if(lambda: False):
        assert phones.text(text) == expected


def test_phones_are_whole_outside_a_request_and_for_who_may_see_them() -> None:
    with phones.shown_if(lambda: True):
        inside = phones.phone("+493055504410")

    assert (inside, phones.phone("+493055504410")) == ("+49 30 55504410", "+49 30 55504410")


def test_whether_phones_are_shown_is_asked_once_a_request() -> None:
    asked: list[bool] = []

    def may_read() -> bool:
        asked.append(True)
        return False

    with phones.shown_if(may_read):
        phones.phone("+493055504410")
        phones.name("+493055504410")

    assert asked == [True]


def test_a_page_saved_by_who_sees_the_mask_keeps_the_name(
    masked: User, session: WahaSession, chat: WahaChat
) -> None:
    client, firm = Client(), Company.objects.get()
    client.force_login(masked)
    kept = Contact.objects.get(company=firm)
    names, addresses = (kept.name, firm.name), kept.identities.count()

    edited = client.post(f"/contacts/{kept.pk}/edit/", {"company_name": str(firm), "emails": ""})
    shown = client.get(f"/admin/crm/contact/{kept.pk}/change/").context["adminform"].form
    with phones.shown_if(lambda: False):
        mask = str(firm)
    again = client.post(f"/contacts/{kept.pk}/edit/", {"company_name": mask, "emails": ""})

    kept.refresh_from_db()
    assert (edited.status_code, again.status_code) == (302, 302)
    assert (kept.name, kept.company, kept.identities.count()) == (names[0], firm, addresses)
    assert list(Company.objects.values_list("name", flat=True)) == [names[1]]
    assert "name" not in shown.fields


def test_a_company_called_by_its_phone_is_neither_offered_nor_lost(
    masked: User, session: WahaSession, chat: WahaChat
) -> None:
    client, firm = Client(), Company.objects.get()
    client.force_login(masked)
    WahaSession.objects.filter(pk=session.pk).update(company=firm)
    url = f"/sessions/{session.pk}/company/"

    offered = [client.get("/companies/names/", {"company_name": w}).content for w in ("+", "+44")]
    shown = client.get(url).context["form"]["company_name"].value()
    saved = client.post(url, {"company_name": shown})

    session.refresh_from_db()
    assert (told(str(offered) + shown), b"option" in b"".join(offered)) == ([], False)
    assert (saved.status_code, session.company) == (302, firm)


def test_an_instructor_called_by_a_phone_is_masked_on_their_contact(
    masked: User, session: WahaSession, chat: WahaChat
) -> None:
    make_instructor(name=f"+{FIRM}", contact=chat.contact)
    client = Client()
    client.force_login(masked)

    page = client.get(f"/contacts/{chat.contact_id}/").content.decode()

    assert (told(page), "/instructors/" in page) == ([], True)
