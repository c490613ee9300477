"""What `test_replication.py` runs in a process of its own, whose settings know a replica.

Prints one JSON object: how many reads were stale, how many came from the replica, and what
happened when it fell behind and went away.
"""

import json
import os
import sys
import time
from typing import Any

from tests import environment

environment.FIXED["DATABASE_REPLICA_URLS"] = os.environ["REPLICA_URL"]
environment.set_up()

from django.conf import settings  # noqa: E402  # only after the environment
from django.core.management import call_command  # noqa: E402
from django.http import HttpRequest, HttpResponse, JsonResponse  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import path  # noqa: E402

from crm.models import Company  # noqa: E402
from mercury.db import replicas  # noqa: E402

ROUNDS = int(sys.argv[1])


def write(request: HttpRequest) -> HttpResponse:
    Company.objects.filter(pk=1).update(name=request.POST["name"])
    return HttpResponse()


def read(request: HttpRequest) -> HttpResponse:
    company = Company.objects.get(pk=1)
    return JsonResponse({"name": company.name, "from": company._state.db})


urlpatterns = [path("write/", write), path("read/", read)]


def main() -> dict[str, Any]:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = ["mercury.db.middleware.ReplicaMiddleware"]
    settings.ALLOWED_HOSTS = ["*"]
    call_command("migrate", verbosity=0)
    Company.objects.create(pk=1, name="start")
    replicas.beat()
    time.sleep(1)
    found: dict[str, Any] = {"stale": 0, "before": Client().get("/read/").json()["from"]}

    browser = Client()
    for number in range(ROUNDS):
        browser.post("/write/", {"name": str(number)})
        found["stale"] += browser.get("/read/").json()["name"] != str(number)

    report = print
    report("STOP", flush=True)  # the test stops the replica and answers
    sys.stdin.readline()
    time.sleep(settings.REPLICA_MAX_LAG + replicas.CHECK_EVERY)
    replicas.beat()
    found["behind"] = Client().get("/read/").json()["from"]

    report("GO", flush=True)
    sys.stdin.readline()
    deadline = time.monotonic() + 20
    while (again := Client().get("/read/").json()["from"]) == "default":
        replicas.beat()
        time.sleep(0.2)
        if time.monotonic() > deadline:
            break
    found["again"] = again

    report("KILL", flush=True)
    sys.stdin.readline()
    answers = [Client().get("/read/") for _ in range(20)]
    found["statuses"] = sorted({answer.status_code for answer in answers})
    found["gone"] = answers[-1].json()["from"]
    return found


if __name__ == "__main__":
    print(json.dumps(main()))  # noqa: T201  # the answer to the test
