"""One request as somebody, and its answer in a form to compare."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.db import connection, transaction
from django.http import HttpResponseBase

from tests.access.office import Office

# What differs from answer to answer and betrays nothing.
VOLATILE = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|X-CSRFToken[^}]*}|[0-9a-f]{16}(?![0-9a-f])'
)


def ask(
    office: Office, actor: str, method: str, path: str, data: Any = None, **headers: str
) -> Any:
    """The answer, with its whole body as `taken` and the SQL it took as `statements`.

    Whatever it wrote is taken back, and the browser keeps the cookies it had.
    """
    client, statements = office.browser(actor), list[str]()
    kept = {name: morsel.value for name, morsel in client.cookies.items()}

    def record(execute: Any, sql: str, *rest: Any) -> Any:
        statements.append(sql)
        return execute(sql, *rest)

    with transaction.atomic(), connection.execute_wrapper(record):
        if method == "POST":
            response = client.post(path, data or {}, headers=headers)
        else:
            response = client.generic(method, path, headers=headers)
        taken: Any = response
        taken.taken, taken.statements = body_of(response), statements
        transaction.set_rollback(True)
    if {name: morsel.value for name, morsel in client.cookies.items()} != kept:
        client.cookies.clear()
        client.cookies.load(kept)
    return taken


def body_of(response: HttpResponseBase) -> bytes:
    """The whole body; streams are read to their end."""
    if response.streaming:
        return b"".join(response)
    return bytes(response.content)  # type: ignore[attr-defined]


def answer(response: Any) -> str:
    """The status, and where a redirect leads: `302 /inbox/#/`."""
    if not 300 <= response.status_code < 400:
        return str(response.status_code)
    path = urlsplit(response["Location"]).path
    if path == "/accounts/login/":
        return "login"
    if path == "/admin/login/":
        return "admin login"
    return f"{response.status_code} {re.sub(r'[0-9]+', '#', path)}"


def fingerprint(response: Any, *asked: object) -> tuple[Any, ...]:
    """Status, headers and body with what was asked for, ids and tokens masked."""
    own = {str(each).encode() for each in asked}
    body = VOLATILE.sub(b"", response.taken)
    for each in sorted(own, key=len, reverse=True):
        body = body.replace(each, b"#")
    left_out = {"X-Request-Id", "Content-Length", "Date"}
    headers = sorted(
        (name, re.sub(r"\d+", "#", value))
        for name, value in response.items()
        if name not in left_out
    )
    return response.status_code, headers, body
