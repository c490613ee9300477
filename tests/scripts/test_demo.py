import os
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.local import state as states
from scripts.local.parts import RESTARTS, Part, PartFailed, Running
from scripts.local.state import CannotStart


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(states, "FOLDER", tmp_path)
    monkeypatch.setattr(states, "FILE", tmp_path / "state.json")
    return tmp_path


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def part(tmp_path: Path, code: str) -> Part:
    return Part("part", [sys.executable, "-c", code], tmp_path / "part.log")


def test_taken_port_says_how_to_choose_another(taken: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", str(taken))

    with pytest.raises(CannotStart, match=f"PORT={taken + 1} make demo"):
        states.port_from_environment()


@pytest.mark.parametrize("text", ["eighty", "80", "70000"])
def test_odd_port_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", text)

    with pytest.raises(CannotStart, match="PORT must be a number"):
        states.port_from_environment()


def test_state_is_the_same_at_the_next_start_and_private(own_folder: Path) -> None:
    first = states.load(8000)
    first.is_seeded = True
    first.save()

    second = states.load(8000)

    assert second == first
    assert (own_folder / "state.json").stat().st_mode & 0o777 == 0o600


def test_another_port_makes_the_simulator_forget_the_old_webhook(own_folder: Path) -> None:
    states.load(8000)
    (own_folder / "waha").mkdir()

    states.load(8001)

    assert not (own_folder / "waha").exists()


def test_simulators_port_that_was_taken_meanwhile_is_seeded_anew(taken: int) -> None:
    state = states.load(8000)
    state.waha_port, state.is_seeded = taken, True
    state.save()

    again = states.load(8000)

    assert again.waha_port != taken
    assert not again.is_seeded
    assert again.hmac_key == state.hmac_key


def test_second_demo_of_one_folder_is_refused() -> None:
    with states.lock(), pytest.raises(CannotStart, match="already runs"):
        states.lock()


@pytest.mark.slow
def test_parts_are_gone_after_the_block(tmp_path: Path) -> None:
    sleeper = part(tmp_path, "import time; time.sleep(60)")

    with Running([sleeper], os.environ):
        assert sleeper.process is not None
        pid = sleeper.process.pid

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
def test_dead_part_is_started_again_and_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sleeper = part(tmp_path, "import time; time.sleep(60)")

    with Running([sleeper], os.environ) as running:
        assert sleeper.process is not None
        first = sleeper.process
        first.send_signal(signal.SIGKILL)
        first.wait(10)
        running.watch()
        is_new = sleeper.process is not first and sleeper.process.poll() is None

    assert is_new
    assert "part ended with code -9 and is started again" in capsys.readouterr().err


@pytest.mark.slow
def test_part_that_keeps_dying_stops_all_with_its_last_words(tmp_path: Path) -> None:
    broken = part(tmp_path, "print('no such table'); raise SystemExit(3)")

    def watch_it_die() -> None:
        with Running([broken], os.environ) as running:
            for _ in range(RESTARTS + 1):
                assert broken.process is not None
                broken.process.wait(10)
                running.watch()

    with pytest.raises(PartFailed, match="no such table"):
        watch_it_die()


def test_wait_for_tells_what_did_not_answer(tmp_path: Path) -> None:
    sleeper = part(tmp_path, "import time; time.sleep(60)")
    started = time.monotonic()

    with Running([sleeper], os.environ) as running, pytest.raises(PartFailed, match="answer"):
        running.wait_for("http://127.0.0.1:9/livez", seconds=0.5)

    assert time.monotonic() - started < 10
