"""Who signed in, from where and how; and ending it: one browser, the others, or all."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from allauth.account.internal.flows.login import get_authentication_records
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import access, browsers
from accounts.models import BrowserSession, SignIn, SignInKind, User, new_remember_token
from accounts.sessions import SIGN_IN_KEY
from audit import log
from audit.middleware import client_address
from mercury.db import encryption

ADDRESS_PLACE = "sign_ins.address_hash"
KEEP = timedelta(days=400)
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser that is signed in now."""

    pk: int
    name: str
    ip_address: str
    method: str
    since: datetime
    is_current: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sign-in of the past, or one that was refused."""

    at: datetime
    browser: str
    ip_address: str
    words: str
    is_refused: bool


def methods_words() -> dict[str, str]:
    """What people read for how somebody signed in."""
    return {
        "password": _("password"),
        "password_reset": _("reset link"),
        "totp": _("authenticator app"),
        "recovery_codes": _("recovery code"),
        "webauthn": _("passkey"),
        "invitation": _("invitation"),
        "code": _("code"),
    }


def method_of(request: HttpRequest, user: User) -> str:
    """How `user` proved to be themselves in this browser, such as `password+totp`."""
    records: list[dict[str, Any]] = get_authentication_records(request, user)
    found = [str(each.get("type") or each["method"]) for each in records]
    return "+".join(dict.fromkeys(found))


def record_success(request: HttpRequest, user: User, method: str) -> SignIn:
    """Write down a sign-in and tie it to this browser's session."""
    row = SignIn.objects.create(
        user=user, kind=SignInKind.SUCCESS, method=method[:60], **_origin(request)
    )
    request.session[SIGN_IN_KEY] = row.pk
    log.record("user.signed_in", target=user, by=user, new={"method": method})
    return row


def record_failure(request: HttpRequest, *, user: User | None, address: str, method: str) -> None:
    """Write down a refused sign-in; an address that nobody has only as its keyed hash."""
    kept = "" if user else encryption.keyed_hash(address.strip().lower(), place=ADDRESS_PLACE)
    SignIn.objects.create(
        user=user,
        address_hash=kept,
        kind=SignInKind.FAILURE,
        method=method,
        **_origin(request),
    )
    log.record("user.sign_in_refused", target=user, new={"method": method})


def browsers_of(user: User, request: HttpRequest) -> list[Browser]:
    """Where `user` is signed in, this browser first; two queries."""
    rows = BrowserSession.objects.filter(user_id=user.pk, expire_date__gt=timezone.now())
    pks = {row.sign_in_id for row in rows if row.sign_in_id}
    known = SignIn.objects.filter(user=user, kind=SignInKind.SUCCESS).in_bulk(pks)
    current = request.session.get(SIGN_IN_KEY)
    found = [_browser(row, is_current=pk == current) for pk, row in known.items()]
    return sorted(found, key=lambda each: (not each.is_current, -each.since.timestamp()))


def attempts_of(user: User) -> list[Attempt]:
    """The newest sign-ins and refusals of `user`."""
    return [_attempt(row) for row in SignIn.objects.filter(user=user)[:SHOWN]]


@transaction.atomic
def end_one(*, user: User, sign_in: int, by: User) -> bool:
    """Sign one browser of `user` out; False when it was not signed in any more."""
    rows = BrowserSession.objects.filter(user_id=user.pk, sign_in_id=sign_in)
    ended, _each = rows.delete()
    if ended:
        # Its open stream ends with the version; other pages take a fresh token by themselves.
        access.raise_version([user.pk])
        log.record("user.browser_signed_out", target=user, by=by, new={"sign_in": sign_in})
    return bool(ended)


@transaction.atomic
def end_all(*, user: User, by: User | None, keep: HttpRequest | None = None) -> None:
    """Sign `user` out everywhere: cookies, kept sign-ins and open streams; `keep` stays.

    The new `remember_token` makes every session's hash wrong, also of sessions whose rows this
    process cannot see. Call `update_session_auth_hash` for the browser that stays.
    """
    rotate(user)
    rows = BrowserSession.objects.filter(user_id=user.pk)
    if keep is not None and keep.session.session_key:
        rows = rows.exclude(pk=keep.session.session_key)
    rows.delete()
    log.record("user.signed_out_everywhere", target=user, by=by)


def rotate(user: User) -> None:
    """Change what every session of `user` is signed with, and end their open streams."""
    user.remember_token = new_remember_token()
    user.save(update_fields=["remember_token", "updated_at"])
    access.raise_version([user.pk])


def purge() -> int:
    """Delete attempts older than KEEP and sessions that have run out; returns how many."""
    old, _each = SignIn.objects.filter(created_at__lt=timezone.now() - KEEP).delete()
    over, _each = BrowserSession.objects.filter(expire_date__lt=timezone.now()).delete()
    return old + over


def _origin(request: HttpRequest) -> dict[str, Any]:
    return {
        "ip_address": client_address(request),
        "user_agent": request.META.get("HTTP_USER_AGENT", "")[:255],
    }


def _browser(row: SignIn, *, is_current: bool) -> Browser:
    return Browser(
        pk=row.pk,
        name=browsers.name(row.user_agent),
        ip_address=row.ip_address or "",
        method=_method(row.method),
        since=row.created_at,
        is_current=is_current,
    )


def _attempt(row: SignIn) -> Attempt:
    refused = row.kind == SignInKind.FAILURE
    method = _method(row.method)
    return Attempt(
        at=row.created_at,
        browser=browsers.name(row.user_agent),
        ip_address=row.ip_address or "",
        words=_("Refused: wrong %(method)s") % {"method": method} if refused else method,
        is_refused=refused,
    )


def _method(method: str) -> str:
    words = methods_words()
    return " + ".join(words.get(each, each) for each in method.split("+") if each)
