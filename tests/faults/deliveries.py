"""Posts webhooks like WAHA: each until it is answered 200, several at a time."""

import json
import threading
import time
from collections import Counter
from http.client import HTTPConnection, HTTPException
from itertools import count

from tests.faults.bodies import Body
from tests.faults.machine import until
from waha.gateway.signing import sign

SENDERS, KEY = 8, "faults-key-faults-key-faults-key"
PAUSE = 0.25


class Deliveries:
    """Some webhooks on their way; `acked` are the ids of those answered 200."""

    def __init__(self, port: int, name: str, made: list[bytes], key: str = KEY) -> None:
        self.path, self.port, self.made = f"/waha/webhook/{name}/", port, made
        self.key = key
        self.answers: Counter[int] = Counter()
        self.acked: set[str] = set()
        self._next = count()
        self._lock = threading.Lock()
        self.threads = [threading.Thread(target=self.post_all) for _ in range(SENDERS)]

    @property
    def done(self) -> int:
        return self.answers[200]

    @property
    def running(self) -> bool:
        return any(thread.is_alive() for thread in self.threads)

    def start(self) -> None:
        """Begin to post, several at a time."""
        for thread in self.threads:
            thread.start()

    def run(self) -> None:
        """Post them all."""
        self.start()
        self.join()

    def join(self) -> None:
        """Wait until all are stored."""
        for thread in self.threads:
            thread.join()

    def wait_for(self, share: float) -> None:
        """Wait until so many are stored, or all, or a long time."""
        until(lambda: self.done >= share or not self.running, seconds=120)

    def post_all(self) -> None:
        """Post what nobody else has begun to post, until nothing is left."""
        while (index := next(self._next)) < len(self.made):
            while not self._post(self.made[index]):
                time.sleep(PAUSE)

    def _post(self, raw: bytes) -> bool:
        headers = {"X-Webhook-Hmac": sign(self.key, raw), "X-Webhook-Hmac-Algorithm": "sha512"}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=15)
        try:
            connection.request("POST", self.path, raw, headers)
            status = connection.getresponse().status
        except (OSError, HTTPException):
            status = 0
        finally:
            connection.close()
        with self._lock:
            self.answers[status] += 1
            if status == 200:
                self.acked.add(json.loads(raw)["id"])
        return status == 200


def encode(body: Body, waha_name: str) -> bytes:
    """A webhook's bytes, as of one session."""
    return json.dumps({**body, "session": waha_name}).encode()
