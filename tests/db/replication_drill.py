"""What `test_replication.py` runs in a process of its own, whose settings know a replica.

The replica applies everything a second late, so whoever reads it after a write must see the
old. Prints one JSON object: how many reads were stale, how many came from the replica, and
what happened when it fell further behind and went away.
"""

import json
import os
import sys
import threading
import time
from typing import Any

from tests import environment

environment.FIXED["DATABASE_REPLICA_URLS"] = os.environ["REPLICA_URL"]
environment.set_up()

from django.conf import settings  # noqa: E402  # only after the environment
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm.models import Company  # noqa: E402
from mercury.db import replicas  # noqa: E402
from mercury.db.keyset import Cursor  # noqa: E402
from mercury.ops.health.check import DatabaseHealthCheck  # noqa: E402
from mercury.ops.seeding import factories  # noqa: E402
from mercury.ops.seeding.messages import Draft, write_messages  # noqa: E402
from waha import updates  # noqa: E402
from waha.models import UpdateKind, WahaChat, WahaMessage, WahaUpdate  # noqa: E402

ROUNDS = int(sys.argv[1])
WHOLE = settings.MIDDLEWARE
ALONE = ["mercury.db.middleware.ReplicaMiddleware"]
BATCH = 10
CATCH_UP = 30.0  # seconds that a replica gets to be read again


def write(request: HttpRequest) -> HttpResponse:
    Company.objects.filter(pk=1).update(name=request.POST["name"])
    return HttpResponse()


def read(request: HttpRequest) -> HttpResponse:
    company = Company.objects.get(pk=1)
    return JsonResponse({"name": company.name, "from": company._state.db})


urlpatterns = [path("write/", write), path("read/", read), path("", include("mercury.urls"))]


class Heart(threading.Thread):
    """Beats as the schedule does, until it is stopped."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.stopped = threading.Event()

    def run(self) -> None:
        while not self.stopped.wait(0.5):
            replicas.beat()
        connection.close()


def main() -> dict[str, Any]:
    settings.ROOT_URLCONF = __name__
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    Company.objects.create(pk=1, name="start")
    heart = Heart()
    heart.start()
    settings.MIDDLEWARE = WHOLE
    found: dict[str, Any] = {"live": live_rounds()}
    tell(found)
    settings.MIDDLEWARE = ALONE
    found["before"] = wait_for_replica()
    found |= own_rounds()
    tell(found)
    found |= failures()
    heart.stopped.set()
    heart.join()
    found["health"] |= sick_primary()
    return found


def own_rounds() -> dict[str, int]:
    """Somebody writes and reads: never the old. Others read the replica, which has it."""
    browser = Client()
    stale = late = 0
    for number in range(ROUNDS):
        browser.post("/write/", {"name": str(number)})
        stale += browser.get("/read/").json()["name"] != str(number)
        if number % BATCH == 0:
            late += Client().get("/read/").json()["name"] != str(number)
    # Otherwise the replica was not behind, or nobody read it: then the test shows nothing.
    return {"stale": stale, "others_read_behind": late > ROUNDS / BATCH / 2}


def live_rounds() -> dict[str, int]:
    """A worker writes messages; another user's page, told of them, fetches them at once."""
    user = factories.make_user(email="olga@example.com", role="Agent")
    chat = factories.make_chat(session=factories.make_session(owner=user))
    browser = Client()
    browser.force_login(user, "accounts.backends.RoleBackend")
    missed = behind = 0
    wait_for_replica()
    seen = Cursor(timezone.now(), 0)
    for number in range(ROUNDS // BATCH):
        written = receive(chat, [f"message {number}-{each}." for each in range(BATCH)])
        changed = ",".join(str(message.pk) for message in written)
        asked = {"open": chat.pk, "after": str(seen), "chats": chat.pk, "messages": changed}
        shown = browser.get("/inbox/live/", asked).content.decode()
        missed += sum(message.content not in shown for message in written)
        if number % BATCH == 0:
            page = browser.get(f"/inbox/{chat.pk}/messages/").content.decode()
            behind += written[-1].content not in page
        seen = Cursor(written[-1].created_at, written[-1].pk)
    return {"missed": missed, "pages_read_behind": behind > 0}


@transaction.atomic
def receive(chat: WahaChat, texts: list[str]) -> list[WahaMessage]:
    """Write messages as the drain does: in bulk, with their chat and what screens are told."""
    messages = write_messages(chat, [Draft(text) for text in texts])
    updates.record_many(
        WahaUpdate(
            session_id=chat.session_id, chat_id=chat.pk, kind=UpdateKind.MESSAGE, ref=each.pk
        )
        for each in messages
    )
    return messages


def failures() -> dict[str, Any]:
    """The replica falls far behind, catches up, and goes away."""
    found: dict[str, Any] = {"health": {"well": health("replication_lag")}}
    ask("STOP")
    time.sleep(settings.REPLICA_MAX_LAG + replicas.CHECK_EVERY)
    found["behind"] = Client().get("/read/").json()["from"]
    found["health"]["behind"] = health("replication_lag")
    ask("GO")
    found["again"] = wait_for_replica()
    found["health"]["again"] = wait_for_health("replication_lag", "ok")
    ask("KILL")
    answers = [Client().get("/read/") for _ in range(20)]
    found["statuses"] = sorted({answer.status_code for answer in answers})
    found["gone"] = answers[-1].json()["from"]
    found["health"]["away"] = health("replication_lag")
    return found


def sick_primary() -> dict[str, str]:
    """What health says while the primary is locked, has no connection left, is down."""
    found = {}
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("LOCK TABLES waha_chats WRITE")
        found["locked"] = health("query_performance")
        cursor.execute("UNLOCK TABLES")
        found["unlocked"] = health("query_performance")
        cursor.execute("SET GLOBAL max_connections = 10")
    crowd = []
    while len(crowd) < 10 and health("connection") == "ok":
        crowd.append(connection.copy())
        crowd[-1].ensure_connection()
    found["crowded"] = health("connection")
    for each in [*crowd, other]:
        each.close()
    found["alone"] = health("connection")
    ask("KILL SOURCE")
    found["down"] = wait_for_health("connection", "broken")  # it takes its time to end
    ask("START SOURCE")
    found["up"] = wait_for_health("connection", "ok")
    return found


def health(name: str) -> str:
    """One check's state, as every door tells it."""
    return DatabaseHealthCheck().check()[name].state.value


def wait_for_health(name: str, awaited: str) -> str:
    """One check's state once it is the awaited one, or after CATCH_UP."""
    deadline = time.monotonic() + CATCH_UP
    while (state := health(name)) != awaited and time.monotonic() < deadline:
        time.sleep(0.2)
    return state


def wait_for_replica() -> str:
    """Where reads come from once a replica is used, or after CATCH_UP."""
    deadline = time.monotonic() + CATCH_UP
    while (alias := replicas.choose() or "default") == "default":
        time.sleep(0.2)
        if time.monotonic() > deadline:
            break
    return alias


def tell(found: dict[str, Any]) -> None:
    """Show who runs thousands of rounds by hand how far it is (`pytest -s`)."""
    print(f"{ROUNDS} rounds: {found}", file=sys.stderr, flush=True)  # noqa: T201  # for people


def ask(what: str) -> None:
    """Let the test do something to the replica; it answers with a line."""
    print(what, flush=True)  # noqa: T201  # read by the test
    sys.stdin.readline()


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201  # the answer to the test
