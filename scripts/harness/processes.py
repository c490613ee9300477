"""Child processes that never outlive us, whatever ends us."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

PR_SET_PDEATHSIG = 1


def _die_with_parent() -> Callable[[], None] | None:
    """A hook for the child between fork and exec; on Linux the kernel ends it when we end."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None)

    def ask_kernel() -> None:
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_kernel


DIE_WITH_PARENT = _die_with_parent()


def end_on_signals() -> None:
    """Make SIGTERM and SIGHUP unwind the stack like Ctrl-C, so that servers are stopped."""

    def end(number: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, end)


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def child(
    command: Sequence[str | Path], *, log: Path | None = None, env: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in a process group of its own; the whole group is gone at the end.

    A group of its own, because Ctrl-C in a terminal would else reach the servers before the
    tests that use them.
    """
    output = log.open("ab") if log else None
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        env=dict(env) if env is not None else None,
        start_new_session=True,
        # Runs one C call; no thread of ours holds a lock that the child could wait for.
        preexec_fn=DIE_WITH_PARENT,
    )
    try:
        yield process
    finally:
        end_group(process)
        if output:
            output.close()


def end_group(process: subprocess.Popen[bytes], *, grace: float = 20) -> None:
    """Ask the process and all it started to end; after `grace` seconds make them."""
    _signal_group(process.pid, signal.SIGTERM)
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        pass
    finally:
        _signal_group(process.pid, signal.SIGKILL)
        process.wait()


def _signal_group(group: int, number: signal.Signals) -> None:
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return
