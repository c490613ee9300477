"""What the demo keeps between two starts: its ports and keys; and the lock that it runs once."""

import fcntl
import json
import os
import secrets
import shutil
import socket
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from scripts.harness.places import VAR

FOLDER = VAR / "demo"
FILE = FOLDER / "state.json"


class CannotStart(Exception):
    """Something stands in the way; the message says how to get it out."""


@dataclass(slots=True)
class State:
    """The simulator's port and the keys it shares with us, made at the first start."""

    waha_port: int
    api_key: str
    hmac_key: str
    is_seeded: bool = False
    port: int = 0

    def save(self) -> None:
        """Write it where only its owner reads it."""
        handle = os.open(FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(asdict(self), file)


def load(port: int) -> State:
    """What the last start left, or new keys and a free port for the simulator."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        state = State(**json.loads(FILE.read_text()))
    except (OSError, ValueError, TypeError):
        state = State(quiet_port(), secrets.token_urlsafe(24), secrets.token_urlsafe(32))
    if is_taken(state.waha_port):
        # The seed writes the new address to the server's row.
        state.waha_port, state.is_seeded = quiet_port(), False
    if state.port != port:
        # The simulator's sessions remember the webhook address of the other port.
        shutil.rmtree(FOLDER / "waha", ignore_errors=True)
        state.port = port
    state.save()
    return state


def quiet_port() -> int:
    """A free port below those that systems lend to outgoing connections.

    One of theirs may be lent to somebody just when the simulator wants to listen on it.
    """
    while is_taken(port := 20_000 + secrets.randbelow(10_000)):
        pass
    return port


def is_taken(port: int) -> bool:
    """Tell whether somebody listens on this port of 127.0.0.1 already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def lock() -> IO[str]:
    """Hold the folder for as long as the returned file is open. Raises CannotStart."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    path: Path = FOLDER / "lock"
    file = path.open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise CannotStart(
            "A demo already runs from this folder. Stop it with Ctrl-C in its terminal; a second "
            "one needs a clone of its own."
        ) from error
    return file


def port_from_environment() -> int:
    """PORT, 8000 unless set; raises CannotStart when it is no port or taken."""
    text = os.environ.get("PORT") or "8000"
    if not text.isdigit() or not 1024 <= int(text) <= 65535:
        raise CannotStart(f"PORT must be a number from 1024 to 65535, but is {text!r}.")
    port = int(text)
    if is_taken(port):
        raise CannotStart(
            f"Port {port} is taken by another program. Choose another one: "
            f"PORT={port + 1} make demo"
        )
    return port
