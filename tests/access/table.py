"""Who gets which answer from which address: the authorization matrix.

A URL without a row here fails the test. Rows go by the URL's name (by its route where it has
none); what an address speaks of is its subject, and each rule says who gets what.
"""

import uuid

from tests.access.admin_table import ABSENT, ADMINS, SITE_ROWS, admin_rows, nothing
from tests.access.calls_table import CALL_ROWS
from tests.access.files_table import FILE_ROWS
from tests.access.log_rows import LOGS
from tests.access.office import Office
from tests.access.rules import (
    GONE,
    NOT_ALLOWED,
    Case,
    Row,
    Rule,
    Subject,
    answering,
    both,
    exporting,
    level,
    only,
    public,
    signed_in,
)
from tests.access.sessions_table import SESSION_ROWS
from waha.models import Level

# Who signed in by force and not by password is asked for it.
REAUTHENTICATE = "302 /accounts/reauthenticate/"
MAY_INVITE = {"owner", "admin", "superuser"}
SEES_ALL = {"manager", "owner", "admin", "superuser"}
MAY_ADD = SEES_ALL | {"member_a", "member_b", "ex_member"}
OPS = ("index", "statements", "indexes", "sizes", "reports")
CHAT_PAGES = (
    "chat", "message-list", "chat-access", "chat-details", "member-list", "starred-list",
    "pinned-list", "planned-list",
)  # fmt: skip
CHAT_BUTTONS = ("pin", "unpin", "archive", "unarchive", "unread-on-phone")
MESSAGE_BUTTONS = ("retry", "confirm", "react", "star", "pin", "edit", "delete", "discard")
MAY_CONNECT = {"manager", "owner", "admin", "superuser"}


def chats(office: Office) -> list[Case]:
    own = [Case(letter, (line.chat.pk,), letter) for letter, line in office.lines.items()]
    return [*own, Case("deleted", (office.gone["chat"],)), Case("absent", (ABSENT,))]


def messages(office: Office) -> list[Case]:
    """A failed message in its chat, and every wrong pair of the two."""
    a, b = office.lines["a"], office.lines["b"]
    return [
        Case("a", (a.chat.pk, a.failed.pk), "a"),
        Case("b", (b.chat.pk, b.failed.pk), "b"),
        Case("absent", (ABSENT, a.failed.pk)),
        Case("absent child", (a.chat.pk, ABSENT), "a", exists=False),
        Case("deleted child", (a.chat.pk, office.gone["message"]), "a", exists=False),
        Case("deleted", (office.gone["chat"], a.failed.pk)),
        Case("other chat's child", (a.chat.pk, a.elsewhere.pk), "a", exists=False),
        Case("other number's child", (a.chat.pk, b.failed.pk), "a", exists=False),
        Case("own child elsewhere", (b.chat.pk, a.failed.pk), "b", exists=False),
    ]


def numbers(office: Office) -> list[Case]:
    own = [Case(letter, (line.session.pk,), letter) for letter, line in office.lines.items()]
    return [*own, Case("absent", (ABSENT,))]


def sends(office: Office) -> list[Case]:
    """A message on its way, and every wrong pair of number and message."""
    return _of_numbers(office, "wahaoutbox")


def planned(office: Office) -> list[Case]:
    """A message for later, and every wrong pair of number and message."""
    return _of_numbers(office, "wahascheduled")


def chips(office: Office) -> list[Case]:
    """A label, and every wrong pair of number and label."""
    return _of_numbers(office, "wahalabel")


def planned_in_chats(office: Office) -> list[Case]:
    """A message for later in its chat, and every wrong pair of the two."""
    return _of_numbers(office, "wahascheduled", parent="chat")


def _of_numbers(office: Office, model: str, *, parent: str = "session") -> list[Case]:
    a, b = office.lines["a"], office.lines["b"]
    in_a, in_b = getattr(a, parent).pk, getattr(b, parent).pk
    return [
        Case("a", (in_a, a.rows[model].pk), "a"),
        Case("b", (in_b, b.rows[model].pk), "b"),
        Case("absent", (ABSENT, a.rows[model].pk)),
        Case("absent child", (in_a, ABSENT), "a", exists=False),
        Case("other parent's child", (in_a, b.rows[model].pk), "a", exists=False),
    ]


def customers(model: str, *more: int) -> Subject:
    """A record of each number's customers; `more` are further keys of the address."""

    def cases(office: Office) -> list[Case]:
        own = [
            Case(letter, (line.rows[model].pk, *more), letter, exists=not more)
            for letter, line in office.lines.items()
        ]
        return [*own, Case("absent", (ABSENT, *more))]

    return cases


def pairs(model: str) -> Subject:
    """Two records of different numbers: whoever sees one alone finds no other."""

    def cases(office: Office) -> list[Case]:
        a, b = (office.lines[letter].rows[model].pk for letter in "ab")
        return [Case("both", (a, b), "*"), Case("absent", (ABSENT, a))]

    return cases


def seen(answer: str, changing: bool = False) -> Rule:
    """For who sees the customer: through a number, or as who sees all; 403 without the right.

    `*` is the customers of both numbers, whom only those see who see all.
    """

    def expected(office: Office, actor: str, case: Case) -> str:
        if actor in GONE:
            return "login"
        sees = actor in SEES_ALL or office.level(actor, case.number) is not None
        if not case.number or not sees:
            return "404"
        if changing and actor == "viewer":
            return "403"
        return answer if case.exists else "404"

    return expected


def adding(rule: Rule) -> Rule:
    """The same for who may add contacts; 403 for a viewer who sees it."""

    def expected(office: Office, actor: str, case: Case) -> str:
        answer = rule(office, actor, case)
        return "403" if actor == "viewer" and answer.startswith("302") else answer

    return expected


def record_files(office: Office) -> list[Case]:
    own = [
        Case(letter, ("crm.contact", line.rows["contact"].pk), letter)
        for letter, line in office.lines.items()
    ]
    return [*own, Case("absent", ("crm.contact", ABSENT))]


def customer_files(office: Office) -> list[Case]:
    own = [
        Case(letter, (line.rows["certificate"].uuid,), letter)
        for letter, line in office.lines.items()
    ]
    return [*own, Case("absent", (uuid.UUID(int=ABSENT),))]


def deleted_files(office: Office) -> list[Case]:
    own = [
        Case(letter, (line.rows["certificate"].uuid,), letter, exists=False)
        for letter, line in office.lines.items()
    ]
    return [*own, Case("absent", (uuid.UUID(int=ABSENT),))]


def record_rows(space: str, model: str) -> dict[str, Row]:
    """The pages of one kind of customer record."""
    one, page = customers(model), f"302 /{space}/#/"
    button = Row(one, NOT_ALLOWED, seen(page, changing=True))
    return {
        f"{space}:list": Row(nothing, signed_in("200"), NOT_ALLOWED, NOT_ALLOWED),
        f"{space}:add": Row(nothing, *both(only(MAY_ADD, "200")), NOT_ALLOWED),
        f"{space}:detail": Row(one, seen("200"), NOT_ALLOWED, NOT_ALLOWED),
        f"{space}:edit": Row(one, *both(seen("200", changing=True)), NOT_ALLOWED),
        f"{space}:archive": button,
        f"{space}:restore": button,
        f"{space}:picture": button,
        f"{space}:note-add": Row(one, NOT_ALLOWED, seen("200")),
        f"{space}:note-delete": Row(customers(model, ABSENT), NOT_ALLOWED, seen("302")),
    }


def merge_rows(space: str, model: str) -> dict[str, Row]:
    """Merging and taking apart."""
    merged = seen(f"302 /{space}/#/", changing=True)
    return {
        f"{space}:merge": Row(pairs(model), seen("200", changing=True), merged, NOT_ALLOWED),
        f"{space}:unmerge": Row(customers(model, ABSENT), NOT_ALLOWED, seen("302", changing=True)),
    }


def webhooks(office: Office) -> list[Case]:
    return [Case("absent", ("nowhere",))]


def absent(office: Office) -> list[Case]:
    return [Case("absent", (ABSENT,))]


def sign_ins(office: Office) -> list[Case]:
    """Browsers of somebody who is no actor here: foreign to all, as good as absent."""
    return [Case("foreign", (office.rows["signin"].pk,)), *absent(office)]


def invited(office: Office) -> list[Case]:
    """Somebody who has never come, and, as good as absent, somebody who came long ago."""
    return [
        Case("waiting", (office.rows["user"].pk,)),
        Case("here", (office.people["bare"].pk,), exists=False),
        Case("absent", (ABSENT,), exists=False),
    ]


def tokens(office: Office) -> list[Case]:
    return [Case("absent", ("no-token",))]


def reset_keys(office: Office) -> list[Case]:
    return [Case("absent", ("zzzzzz", "no-key"))]


def confirm_keys(office: Office) -> list[Case]:
    return [Case("absent", ("no:key",))]


def posted(needed: Level, answer: str, subject=messages) -> Row:  # type: ignore[no-untyped-def]
    """A button: nothing but POST."""
    return Row(subject, NOT_ALLOWED, level(needed, answer))


def page(answer: str = "200") -> Row:
    """A page of one's own: no GET of it shows another's, so everybody gets it."""
    return Row(nothing, signed_in(answer), NOT_ALLOWED, NOT_ALLOWED)


def for_prometheus(office: Office, actor: str, case: Case) -> str:
    """No token here, so only people: who may see /ops/, and no leading on to a sign-in form."""
    return "401" if actor in GONE else "200" if actor in ADMINS else "403"


PRODUCT = {
    "home": Row(nothing, signed_in("302 /inbox/"), signed_in("302 /inbox/")),
    "inbox:list": page(),
    "inbox:row-list": page(),
    "inbox:live": page(),
    "inbox:marks": page(),
    "inbox:chat-new": Row(nothing, signed_in("200"), signed_in("200"), NOT_ALLOWED),
    "inbox:chat-export": Row(chats, *both(exporting(level(Level.VIEW, "200"))), NOT_ALLOWED),
    **{
        f"inbox:{name}": Row(chats, level(Level.VIEW, "200"), NOT_ALLOWED, NOT_ALLOWED)
        for name in CHAT_PAGES
    },
    "inbox:label-list": page(),
    "inbox:chat-labels": posted(Level.REPLY, "302 /inbox/#/details/", chats),
    "inbox:label-add": posted(Level.REPLY, "302 /inbox/#/details/", chats),
    "inbox:members-ask": posted(Level.VIEW, "302 /inbox/#/details/", chats),
    # No WAHA answers here: a notice on the chat's page.
    **{f"inbox:chat-{name}": posted(Level.REPLY, "302 /inbox/#/", chats) for name in CHAT_BUTTONS},
    **{
        f"inbox:{name}-send": Row(chats, *both(level(Level.REPLY, "200")), NOT_ALLOWED)
        for name in ("location", "contact", "poll", "files")
    },
    "inbox:file-chats": Row(customer_files, answering(seen("200")), NOT_ALLOWED, NOT_ALLOWED),
    "inbox:chat-contact": Row(chats, NOT_ALLOWED, adding(level(Level.VIEW, "302 /contacts/#/"))),
    "inbox:chat-read": posted(Level.VIEW, "302 /inbox/#/", chats),
    "inbox:chat-unread": posted(Level.VIEW, "302 /inbox/", chats),
    "inbox:message-send": posted(Level.REPLY, "200", chats),
    "inbox:planned-cancel": posted(Level.REPLY, "302 /inbox/#/", planned_in_chats),
    "inbox:message-fetch": posted(Level.VIEW, "302 /inbox/#/"),
    "inbox:message-actions": Row(messages, level(Level.REPLY, "200"), NOT_ALLOWED, NOT_ALLOWED),
    # The failed message has no id on WhatsApp: nothing is asked of WAHA.
    **{f"inbox:message-{name}": posted(Level.REPLY, "302 /inbox/#/") for name in MESSAGE_BUTTONS},
    "events:token": page(),
    "events:poll": page(),
    "numbers:list": page(),
    "numbers:add": Row(nothing, only(MAY_CONNECT, "200"), only(MAY_CONNECT, "200"), NOT_ALLOWED),
    "numbers:detail": Row(numbers, level(Level.VIEW, "200"), NOT_ALLOWED, NOT_ALLOWED),
    # No WAHA answers here: 503 and a notice on the number's page.
    "numbers:qr": Row(numbers, level(Level.MANAGE, "503"), NOT_ALLOWED, NOT_ALLOWED),
    "numbers:calls": Row(
        numbers, level(Level.MANAGE, "200"), level(Level.MANAGE, "302 /sessions/#/"), NOT_ALLOWED
    ),
    "numbers:company": Row(
        numbers, level(Level.MANAGE, "200"), level(Level.MANAGE, "302 /sessions/#/"), NOT_ALLOWED
    ),
    "numbers:passkey": Row(numbers, *both(level(Level.MANAGE, "302 /sessions/#/")), NOT_ALLOWED),
    "numbers:sharing": Row(numbers, *both(level(Level.MANAGE, "200")), NOT_ALLOWED),
    "numbers:unshare": posted(Level.MANAGE, "302 /sessions/#/sharing/", numbers),
    "numbers:hand-over": posted(Level.MANAGE, "302 /sessions/#/sharing/", numbers),
    "numbers:start": posted(Level.MANAGE, "302 /sessions/#/", numbers),
    "numbers:queue": Row(numbers, level(Level.VIEW, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "numbers:queue-pause": posted(Level.MANAGE, "302 /sessions/#/queue/", numbers),
    "numbers:queue-go-on": posted(Level.MANAGE, "302 /sessions/#/queue/", numbers),
    "numbers:queue-pace": posted(Level.MANAGE, "200", numbers),
    "numbers:queue-cancel": posted(Level.REPLY, "302 /sessions/#/queue/", sends),
    "numbers:planned-cancel": posted(Level.REPLY, "302 /sessions/#/queue/", planned),
    # No WAHA answers here, and no name is given: the page again, with what is wrong.
    "numbers:labels": Row(
        numbers, level(Level.VIEW, "200"), level(Level.REPLY, "200"), NOT_ALLOWED
    ),
    "numbers:label-change": posted(Level.REPLY, "200", chips),
    "numbers:label-delete": posted(Level.MANAGE, "200", chips),
    "numbers:journal": page(),
    "numbers:journal-number": Row(numbers, level(Level.MANAGE, "200"), NOT_ALLOWED, NOT_ALLOWED),
    "numbers:journal-replay": posted(Level.MANAGE, "302 /sessions/#/journal/", numbers),
    **CALL_ROWS,
    **FILE_ROWS,
    **SESSION_ROWS,
    **record_rows("contacts", "contact"),
    **merge_rows("contacts", "contact"),
    **record_rows("companies", "company"),
    **merge_rows("companies", "company"),
    "companies:names": page(),
    **record_rows("instructors", "instructor"),
    "attachments:upload": Row(
        record_files, seen("302 /contacts/#/"), seen("302 /contacts/#/", changing=True), NOT_ALLOWED
    ),
    "attachments:own-picture": Row(nothing, NOT_ALLOWED, signed_in("302 /accounts/profile/")),
    "attachments:edit": Row(customer_files, *both(seen("200", changing=True)), NOT_ALLOWED),
    "attachments:replace": Row(
        customer_files, NOT_ALLOWED, seen("302 /contacts/#/", changing=True)
    ),
    "attachments:move": Row(customer_files, NOT_ALLOWED, seen("302 /contacts/#/", changing=True)),
    "attachments:delete": Row(customer_files, NOT_ALLOWED, seen("302 /contacts/#/", changing=True)),
    "attachments:restore": Row(deleted_files, NOT_ALLOWED, seen("302")),
    "search:list": page(),
    "search:quick": page(),
    "search:recent-clear": Row(nothing, NOT_ALLOWED, signed_in("302 /search/")),
    "inbound:webhook": Row(webhooks, public("405"), public("404")),
    "livez": Row(nothing, public("200"), public("405"), public("405")),
    "readyz": Row(nothing, public("200"), public("405"), public("405")),
    "metrics": Row(nothing, for_prometheus, public("405"), public("405")),
    **{f"ops:{name}": Row(nothing, only(ADMINS, "200"), NOT_ALLOWED, NOT_ALLOWED) for name in OPS},
}

ACCOUNT = {
    "account_login": Row(nothing, signed_in("302 /", "200"), signed_in("302 /", "200")),
    "account_logout": Row(nothing, signed_in("200"), signed_in("login")),
    "account_inactive": Row(nothing, public("200"), public("405")),
    "account_signup": Row(nothing, *both(signed_in("302 /", "200"))),
    "account_reauthenticate": Row(nothing, *both(signed_in("200"))),
    "account_email": Row(nothing, signed_in("200"), signed_in("302 /accounts/email/")),
    "account_email_verification_sent": Row(nothing, public("200"), public("405")),
    "account_change_password": Row(nothing, *both(signed_in("200"))),
    "account_set_password": Row(nothing, *both(signed_in("302 /accounts/password/change/"))),
    "account_reset_password": Row(nothing, *both(public("200"))),
    "account_confirm_login_code": Row(nothing, *both(signed_in("302 /"))),
    "account_confirm_email": Row(confirm_keys, public("200"), public("404")),
    "account_reset_password_from_key_done": Row(nothing, public("200"), public("405")),
    "account_reset_password_from_key": Row(reset_keys, *both(public("200"))),
    "account_reset_password_done": Row(nothing, public("200"), public("405")),
    "accounts:profile": Row(nothing, signed_in("200"), signed_in("200"), NOT_ALLOWED),
    "accounts:browser-end": Row(sign_ins, NOT_ALLOWED, signed_in("404")),
    "accounts:browser-end-others": Row(nothing, NOT_ALLOWED, signed_in("302 /accounts/profile/")),
    "accounts:people": Row(nothing, only(MAY_INVITE, "200"), only(MAY_INVITE, "200"), NOT_ALLOWED),
    "accounts:invite-again": Row(invited, NOT_ALLOWED, only(MAY_INVITE, "302 /accounts/people/")),
    "accounts:invitation": Row(tokens, public("410"), public("410"), public("405")),
    # There is a mail server here.
    "accounts:outbox": Row(nothing, signed_in("404"), NOT_ALLOWED, NOT_ALLOWED),
    "mfa_add_webauthn": Row(nothing, *both(signed_in(REAUTHENTICATE))),
    "mfa_edit_webauthn": Row(absent, *both(signed_in(REAUTHENTICATE))),
    "mfa_list_webauthn": Row(nothing, signed_in("200"), NOT_ALLOWED),
    "mfa_login_webauthn": Row(nothing, *both(signed_in("302 /"))),
    "mfa_reauthenticate_webauthn": Row(nothing, *both(signed_in(REAUTHENTICATE))),
    "mfa_remove_webauthn": Row(absent, *both(signed_in(REAUTHENTICATE))),
    "mfa_index": Row(nothing, signed_in("200"), NOT_ALLOWED),
    # The code after the password: there is no sign-in under way.
    "mfa_authenticate": Row(nothing, *both(signed_in("302 /"))),
    # Nobody here has a second factor.
    "mfa_reauthenticate": Row(nothing, *both(signed_in(REAUTHENTICATE))),
    "mfa_activate_totp": Row(nothing, *both(signed_in(REAUTHENTICATE))),
    "mfa_deactivate_totp": Row(nothing, *both(signed_in("404"))),
    "mfa_view_recovery_codes": Row(nothing, signed_in("404"), NOT_ALLOWED),
    "mfa_generate_recovery_codes": Row(nothing, *both(signed_in(REAUTHENTICATE))),
    "mfa_download_recovery_codes": Row(nothing, *both(signed_in("404"))),
}

TABLE: dict[str, Row] = {**PRODUCT, **LOGS, **ACCOUNT, **SITE_ROWS, **dict(admin_rows())}
