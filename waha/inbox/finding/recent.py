"""What somebody searched for lately: in a signed cookie of their browser, nowhere else.

So it needs no table and no script, leaves with the browser's data, and looking writes nothing.
The user's id is inside: the next person at the same browser does not see it.
"""

from django.core import signing
from django.http import HttpRequest, HttpResponse

from accounts.models import User

COOKIE = "searches"
PATH = "/search/"
MOST, LONGEST = 8, 80
SALT = "recent-searches"
AGE = 30 * 24 * 3600


def read(request: HttpRequest, user: User) -> list[str]:
    """This user's latest searches in this browser, newest first."""
    try:
        owner, found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return []
    return [str(text) for text in found] if owner == user.pk else []


def remember(response: HttpResponse, request: HttpRequest, user: User, text: str) -> None:
    """Put a search on top; what it was typed on from goes."""
    if not text.strip() or len(text) > LONGEST:
        return
    earlier = [each for each in read(request, user) if not _is_beginning(each, text)]
    _write(response, request, user, [text, *earlier][:MOST])


def forget(response: HttpResponse) -> None:
    """Leave no trace of them in the browser."""
    response.delete_cookie(COOKIE, path=PATH)


def _is_beginning(earlier: str, text: str) -> bool:
    return text.casefold().startswith(earlier.casefold())


def _write(response: HttpResponse, request: HttpRequest, user: User, texts: list[str]) -> None:
    value = signing.dumps([user.pk, texts], salt=SALT, compress=True)
    response.set_cookie(
        COOKIE, value, max_age=AGE, path=PATH, httponly=True, samesite="Lax",
        secure=request.is_secure(),
    )  # fmt: skip
