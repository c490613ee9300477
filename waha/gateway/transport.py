"""The HTTP under the WAHA client: one pool per address, and every failure given its meaning."""

import atexit
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from audit import context
from waha.gateway import refusals
from waha.gateway.errors import NotSent, OutcomeUnknown, Unavailable

logger = logging.getLogger(__name__)
# httpx writes every address it calls at INFO, and ours hold phone numbers.
logging.getLogger("httpx").setLevel(logging.WARNING)

# WAHA itself waits up to 15 s for a session to be ready before it says no.
TIMEOUT = httpx.Timeout(connect=3.0, read=20.0, write=10.0, pool=5.0)
# Node drops an idle connection after 5 s; to be faster spares us sends into a closing one.
LIMITS = httpx.Limits(max_connections=20, max_keepalive_connections=10, keepalive_expiry=4.0)
NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
TRY_LATER = {408, 425, 429}

_pools: dict[tuple[str, int], httpx.Client] = {}
_pools_lock = threading.Lock()


def pool_for(base_url: str) -> httpx.Client:
    """Return the connection pool of one WAHA. A forked worker gets its own sockets."""
    key = (base_url, os.getpid())
    with _pools_lock:
        if key not in _pools:
            _pools[key] = httpx.Client(
                base_url=base_url,
                timeout=TIMEOUT,
                limits=LIMITS,
                follow_redirects=False,
                trust_env=False,
            )
        return _pools[key]


def close_pools() -> None:
    """Close the connections of this process, not those it had from the one that forked it."""
    with _pools_lock:
        for key in [key for key in _pools if key[1] == os.getpid()]:
            _pools.pop(key).close()


# A worker of Celery ends without this and has a signal of its own: see waha.tasks.
atexit.register(close_pools)


class Transport:
    """One WAHA server and the key to it. The key goes out in one header and nowhere else."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        timeout: httpx.Timeout = TIMEOUT,
        pool: httpx.Client | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._headers = {"X-Api-Key": api_key, "Accept": "application/json"}
        self._timeout = timeout
        self._pool = pool

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_url!r})"

    def _read(self, method: str, path: str, **options: Any) -> Any:
        """Ask something that may be asked again: returns the JSON answer, None for an empty one."""
        return self._json(self._call(method, path, **options))

    def _bytes(self, path: str, *, accept: str, params: Mapping[str, Any]) -> bytes:
        return self._call("GET", path, params=params, accept=accept).content

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """Do something to WhatsApp that must not happen twice: failures say if it happened."""
        try:
            response = self._request(method, path, json=body)
        except NEVER_SENT as error:
            self._log(method, error)
            raise NotSent("WAHA cannot be reached. Is it running?") from error
        except httpx.HTTPError as error:
            self._log(method, error)
            raise OutcomeUnknown("WAHA did not answer; the message may have gone out.") from error
        status = response.status_code
        if response.is_success:
            return self._json(response, strict=False)
        if status in TRY_LATER:
            retry_after = refusals.retry_after(response)
            raise NotSent("WAHA asks us to slow down.", status=status, retry_after=retry_after)
        if refusal := refusals.read(response):
            raise refusal
        raise OutcomeUnknown(
            "WAHA failed while sending; the message may have gone out.", status=status
        )

    @contextmanager
    def _stream(self, path: str) -> Iterator[httpx.Response]:
        """Open a file's answer, body unread. Failures while it is read are Unavailable, too."""
        try:
            with self._http().stream(
                "GET", self.base_url + path, headers=self._key(), timeout=self._timeout
            ) as response:
                if not response.is_success:
                    response.read()
                    self._fail(response)
                yield response
        except httpx.HTTPError as error:
            self._log("GET", error)
            raise Unavailable("WAHA broke off while giving out a file.") from error

    def _call(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            response = self._request(method, path, **options)
        except NEVER_SENT as error:
            self._log(method, error)
            raise Unavailable("WAHA cannot be reached. Is it running?") from error
        except httpx.HTTPError as error:
            self._log(method, error)
            raise Unavailable("WAHA did not answer in time.") from error
        if not response.is_success:
            self._fail(response)
        return response

    def _request(
        self, method: str, path: str, *, accept: str | None = None, **options: Any
    ) -> httpx.Response:
        headers = self._key() | ({"Accept": accept} if accept else {})
        options = {name: value for name, value in options.items() if value is not None}
        return self._http().request(
            method, self.base_url + path, headers=headers, timeout=self._timeout, **options
        )

    def _http(self) -> httpx.Client:
        return self._pool or pool_for(self.base_url)

    def _key(self) -> dict[str, str]:
        # WAHA's own log then names the request or task of ours behind each call.
        request_id = context.current().request_id or context.new_request_id()
        return {**self._headers, "X-Request-Id": request_id}

    def _fail(self, response: httpx.Response) -> None:
        status = response.status_code
        if status not in TRY_LATER and (refusal := refusals.read(response)):
            raise refusal
        retry_after = refusals.retry_after(response)
        reason = "WAHA asks us to slow down." if status in TRY_LATER else "WAHA has a fault."
        raise Unavailable(reason, status=status, retry_after=retry_after)

    def _json(self, response: httpx.Response, *, strict: bool = True) -> Any:
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as error:
            if not strict:  # a 2xx took the send, whatever its body looks like
                return None
            raise Unavailable("WAHA answered something that is not JSON.") from error

    def _log(self, method: str, error: httpx.HTTPError) -> None:
        # The kind of fault only: addresses hold phone numbers.
        logger.warning("%s %s failed: %s", method, self.base_url, type(error).__name__)
