"""The life of a session: start, QR, scan, work, fail. Times are WAHA's own."""

import time

from waha.gateway.simulator.state import Json, Session
from waha.gateway.simulator.world import World

QR_SECONDS = (60, 20, 20, 20, 20, 20)
STARTING_SECONDS = 0.5
SCANNED_SECONDS = 2.0
RESTART_SECONDS = 3.0
PASSKEY_CODE = "2674"


def set_status(world: World, session: Session, status: str, data: Json | None = None) -> None:
    """Put a session into a state and tell the webhooks; `data` says more about the state."""
    session.status = status
    session.statuses = [
        *session.statuses[-2:],
        {"status": status, "timestamp": int(time.time() * 1000)},
    ]
    payload: Json = {"name": session.name, "status": status, "statuses": session.statuses}
    if data is not None:
        payload["data"] = data
    world.webhooks.emit(session, "session.status", payload)


def start(world: World, session: Session) -> None:
    """Start a session that does not run."""
    if session.status not in {"STOPPED", "FAILED"}:
        return
    session.epoch += 1
    set_status(world, session, "STARTING")
    world.spawn(_run(world, session, session.epoch))


def stop(world: World, session: Session) -> None:
    """Stop a session; its pairing stays."""
    session.epoch += 1
    if session.status != "STOPPED":
        set_status(world, session, "STOPPED")


def restart(world: World, session: Session) -> None:
    """Stop a session and start it a little later."""
    stop(world, session)
    world.spawn(_start_later(world, session, session.epoch))


def log_out(world: World, session: Session) -> None:
    """Unlink the phone; a session that ran asks for a new one."""
    ran = session.status != "STOPPED"
    session.paired = False
    stop(world, session)
    if ran:
        start(world, session)


def fail(world: World, session: Session, *, unlink: bool = True) -> None:
    """End a session as a log-out on the phone does; it does not start again by itself."""
    session.epoch += 1
    session.paired = session.paired and not unlink
    set_status(world, session, "FAILED")


def lock_reachout(world: World, session: Session, locked: bool) -> None:
    """Forbid or allow a number to write to new people; it stays WORKING all the while."""
    if session.reachout_locked != locked:
        session.reachout_locked = locked
        data = {"reachoutTimelock": session.timelock}
        set_status(world, session, session.status, data)


def scan(world: World, session: Session, phone: str = "", push_name: str = "") -> None:
    """Scan the QR with a phone."""
    session.epoch += 1
    session.phone = phone or session.phone or _free_phone(world)
    session.push_name = push_name or session.push_name or session.name.replace("-", " ").title()
    set_status(world, session, "STARTING")
    world.spawn(_link(world, session, session.epoch))


def qr_value(session: Session) -> str:
    """Return the text of the QR that is shown now; it changes with every refresh."""
    return f"2@simulator,{session.name},{session.epoch}.{session.qr_number},demo"


async def _start_later(world: World, session: Session, epoch: int) -> None:
    await world.sleep(RESTART_SECONDS)
    if session.epoch == epoch:
        start(world, session)


async def _run(world: World, session: Session, epoch: int) -> None:
    await world.sleep(STARTING_SECONDS)
    if session.epoch != epoch:
        return
    if session.paired:
        set_status(world, session, "WORKING")
        return
    if world.options.pair_after is not None:
        world.spawn(_scan_later(world, session, epoch, world.options.pair_after))
    for seconds in QR_SECONDS:
        session.qr_number += 1
        set_status(world, session, "SCAN_QR_CODE")
        await world.sleep(seconds)
        if session.epoch != epoch:
            return
    fail(world, session)


async def _link(world: World, session: Session, epoch: int) -> None:
    await world.sleep(SCANNED_SECONDS)
    if session.epoch == epoch:
        session.paired = True
        set_status(world, session, "WORKING")


async def _scan_later(world: World, session: Session, epoch: int, seconds: float) -> None:
    await world.sleep(seconds)
    if session.epoch == epoch:
        scan(world, session)


def _free_phone(world: World) -> str:
    taken = {session.phone for session in world.sessions.values()}
    return next(f"4477009005{n:02}" for n in range(100) if f"4477009005{n:02}" not in taken)
