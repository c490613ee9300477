"""Encryption keys are rotated over many rows by a command that is killed over and over."""

import os
import random
import signal
import subprocess
import sys
import time
from base64 import b64encode

from django.conf import settings
from django.db import connection

from accounts.models import User
from mercury.db import encryption, rotation
from mercury.db.encryption import DecryptionError
from scripts.harness.places import ROOT
from tests.db.test_rotation import PHONE, fill
from tests.faults.machine import Machine
from tests.faults.report import Report

ROWS, KILLS = 200_000, 20
NEW = ("rotated", bytes(range(32)))
PLACE, INDEX = "users.encrypted_phone", "users.phone_index"


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Fill, rotate under kills, and read every value with the new key alone."""
    rows = int(ROWS * scale)
    User.objects.filter(name__startswith="Person ").delete()
    fill(rows)
    rng, old = random.Random(seed), settings.ENCRYPTION_KEYS
    # As often as possible in the middle of the work, whatever the machine makes of a batch.
    kills = sum(_rotate_and_kill(machine, rng) for _ in range(KILLS))
    _rotate(machine).wait(timeout=600)
    settings.ENCRYPTION_KEYS = [NEW]
    lost, unfound = _look()
    settings.ENCRYPTION_KEYS = [NEW, *old]
    left = sum(each.values for each in rotation.survey() if each.key_id != NEW[0])
    settings.ENCRYPTION_KEYS = old
    return Report(
        "keys",
        kills,
        {"rows": rows, "killed at work": kills, "batch rows": _batch(rows)},
        {"unreadable": lost, "not found by hash": unfound, "under the old key": left},
    )


def _batch(rows: int) -> int:
    """Small enough that no run ends before it is killed."""
    return max(10, rows // (KILLS * 40))


def _rotate(machine: Machine) -> "subprocess.Popen[bytes]":
    keys = [NEW, *settings.ENCRYPTION_KEYS]
    text = ",".join(f"{name}:{b64encode(key).decode()}" for name, key in keys)
    size = str(_batch(User.objects.count()))
    return subprocess.Popen(
        [sys.executable, "manage.py", "rotate_encryption_keys", "--batch", size],
        cwd=ROOT, env={**machine.env, "ENCRYPTION_KEYS": text}, stdout=subprocess.PIPE,
    )  # fmt: skip


def _rotate_and_kill(machine: Machine, rng: random.Random) -> bool:
    """Kill it at a random moment after its first batch; False when it was done before."""
    process = _rotate(machine)
    assert process.stdout is not None
    while (seen := process.stdout.read1(4096)) and b"encrypted anew (users" not in seen:
        pass
    time.sleep(rng.uniform(0, 0.3))
    if process.poll() is not None:
        return False
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    return True


def _look() -> tuple[int, int]:
    """How many values the new key does not open, and how many hashes are not its own."""
    lost = unfound = 0
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, encrypted_phone, phone_index FROM users WHERE name LIKE 'Person %%'", []
        )
        for name, token, index in cursor.fetchall():
            phone = PHONE.format(int(name.split()[1]))
            try:
                lost += encryption.decrypt(token, place=PLACE) != phone.encode()
            except DecryptionError:
                lost += 1
            unfound += index != encryption.keyed_hash(phone, place=INDEX)
    return lost, unfound
