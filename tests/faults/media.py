"""A thousand files that come cut, endless, late, from elsewhere or not at all.

Whatever happens, a message ends with its whole file, or says that it could not be fetched; and
the workers that fetch are killed with files in their hands.
"""

import hashlib
import os
import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.files.storage import default_storage
from PIL import Image

from attachments.models import Attachment, AttachmentCopy
from attachments.storage import DRAFT
from mercury.ops.seeding.factories import make_session
from tests.attachments.hostile import png_of
from tests.faults.crooked import FOR_EVER, CrookedDoor, Plan, Trouble
from tests.faults.machine import CELERY, Machine, Part, until
from tests.faults.outage import DeadDoor
from tests.faults.report import Report
from waha import servers
from waha.gateway.simulator import Media, Preset, Simulator
from waha.gateway.simulator.media import make, picture
from waha.models import EventState, MediaState, WahaEvent, WahaMedia, WahaMessage, WahaSession

FETCHES, CHATS, KILLS = 1_000, 40, 10
PHONE = "447700900001"
MOST_MEGABYTES = 400
# (what is wrong, how often it is at most before all is well, of a thousand files so many)
TROUBLES = (
    ("cut", 3, 400), ("half", 3, 100), ("chunked", 3, 100), ("unmarked", 3, 60),
    ("empty", 2, 30), ("elsewhere", 3, 50), ("fault", 3, 30), ("silence", 3, 30),
    ("cut", FOR_EVER, 15), ("elsewhere", FOR_EVER, 10), ("endless", FOR_EVER, 5),
    ("expired", 1, 60), ("gone", FOR_EVER, 20), ("", 0, 90),
)  # fmt: skip
HOPELESS = FOR_EVER


@dataclass(frozen=True)
class Sent:
    """A file as WhatsApp has it."""

    size: int
    sha256: str
    hopeless: bool


def run(machine: Machine, *, seed: int, scale: float = 1.0) -> Report:
    """Let every file be fetched through a crooked door and look at what lies on storage."""
    rng = random.Random(seed)
    name = f"media-{seed}"
    elsewhere = DeadDoor(0)
    address = f"http://127.0.0.1:{elsewhere.port}"
    plan = Plan(rng, f"{address}/api/files/{name}/x.pdf")
    with Simulator(
        api_key=settings.WAHA_API_KEY,
        hmac_key=settings.WAHA_HMAC_KEY,
        sessions=(Preset(name, phone=PHONE),),
        webhook_url=f"http://127.0.0.1:{machine.port}/waha/webhook/{{session}}/",
        seed=seed,
    ) as waha:
        # What the webhooks say of WAHA's address is nobody's to call.
        waha.world.shapes.files_url = address
        door = CrookedDoor(urlsplit(settings.WAHA_URL).port or 0, _port(waha), plan)
        session = make_session(
            name=name,
            server=servers.first_server(),
            hmac_key=settings.WAHA_HMAC_KEY,
            phone=f"+{PHONE}",
        )
        machine.forget_kills()
        worker = machine.parts["worker"]
        usual = worker.command
        worker.command = [usual[0], "-m", "tests.faults.hurried", *usual[len(CELERY) - 1 :]]
        worker.start()
        sent = _send_all(waha, plan, name, rng, int(FETCHES * scale))
        settled, megabytes = _kill_and_wait(machine, session, len(sent))
        worker.command = usual
        worker.start()
        door.close()
    elsewhere.close()
    return _report(machine, plan, session, sent, elsewhere, settled, megabytes)


def _port(waha: Simulator) -> int:
    return urlsplit(waha.url).port or 0


def _send_all(
    waha: Simulator, plan: Plan, session: str, rng: random.Random, how_many: int
) -> dict[str, Sent]:
    weights = [weight for _name, _times, weight in TROUBLES]
    sent = {}
    for number in range(how_many):
        trouble, times, _weight = rng.choices(TROUBLES, weights)[0]
        kind, file = _file(rng, number)
        raw_id = f"3EB0{number:018X}"
        if trouble not in {"", "expired", "gone"}:
            times = times if times == FOR_EVER else rng.randint(1, times)
            plan.troubles[raw_id] = Trouble(trouble, times)
        waha.say(
            f"44770095{rng.randint(1, CHATS):04}@c.us", kind=kind, file=file, session=session,
            message_id=raw_id,
        )  # fmt: skip
        if trouble in {"expired", "gone"}:  # the webhook has told an address that was good
            file.published_at -= 1000
            file.failed = trouble == "gone"
            plan.done[trouble] += 1
        sha256 = hashlib.sha256(file.data).hexdigest()
        sent[raw_id] = Sent(len(file.data), sha256, hopeless=times == HOPELESS)
    return sent


def _file(rng: random.Random, number: int) -> tuple[str, Media]:
    """A file of any kind; some are not what they say."""
    kind = rng.choices(
        ("document", "image", "voice", "video", "liar", "broken picture", "bomb"),
        (70, 12, 5, 3, 5, 4, 1),
    )[0]
    if kind == "document":
        size = int(10 ** rng.uniform(1, 6.2))
        name = f"Paper {number}\u202e\x00/../{number}.pdf"
        head = b"%PDF-1.4\n" if rng.random() < 0.1 else b"\x7f"  # not each is worth a preview
        return kind, Media("application/pdf", head + rng.randbytes(size), name)
    if kind == "liar":
        return "image", Media("image/jpeg", b"<html><script>alert(1)</script>%d" % number)
    if kind == "broken picture":
        data = picture("Broken", rng.randrange(360))
        return "image", Media("image/jpeg", data[: rng.randrange(100, len(data))])
    if kind == "bomb":
        return "image", Media("image/png", png_of(16_000, 16_000))
    return kind, make(kind, rng, f"File {number}")


def _kill_and_wait(machine: Machine, session: WahaSession, how_many: int) -> tuple[bool, int]:
    """Kill the worker as the work goes on; (all came to an end, a worker's most megabytes)."""
    rows = WahaMedia.objects.filter(session=session)
    waiting = WahaEvent.objects.filter(session=session, state=EventState.NEW)
    most, killed = 0, 0

    def is_done() -> bool:
        nonlocal most, killed
        worker = machine.parts["worker"]
        most = max(most, _megabytes(worker))
        done = rows.exclude(state=MediaState.PENDING).count()
        held = rows.filter(state=MediaState.PENDING, lease_until__isnull=False).exists()
        if killed < KILLS and held and done >= how_many * (killed + 0.5) / (KILLS + 1):
            machine.restart("worker")
            killed += 1
        return done == how_many and not waiting.exists()

    return until(is_done, seconds=1500), most


def _megabytes(part: Part) -> int:
    """The most memory that a process of a part has had at once."""
    most = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            if os.getpgid(int(status.parent.name)) == part.pid:
                words = status.read_text().split("VmHWM:")
                most = max(most, int(words[1].split()[0]) // 1024) if len(words) == 2 else most
        except (OSError, ValueError):
            continue  # it has ended
    return most


def _report(
    machine: Machine,
    plan: Plan,
    session: WahaSession,
    sent: dict[str, Sent],
    elsewhere: DeadDoor,
    settled: bool,
    megabytes: int,
) -> Report:
    messages = {row.message_id: row for row in WahaMessage.objects.filter(session=session)}
    files: dict[int, list[Attachment]] = {}
    for file in Attachment.objects.of_many(WahaMessage, [row.pk for row in messages.values()]):
        files.setdefault(file.model_id, []).append(file)
    wrong, doubled, given_up, unsaid = [], 0, 0, 0
    for raw_id, truth in sent.items():
        row = messages.get(raw_id)
        kept = files.get(row.pk, []) if row else []
        doubled += max(0, len(kept) - 1)
        if row and row.media_state == MediaState.STORED and kept:
            if any((file.size, file.sha256) != (truth.size, truth.sha256) for file in kept):
                wrong.append(raw_id)
        elif row and row.media_state == MediaState.MISSING and not kept:
            given_up += not truth.hopeless
        else:
            unsaid += 1
    states = Counter(row.media_state for row in messages.values())
    tries = sum(WahaMedia.objects.filter(session=session).values_list("attempts", flat=True))
    halves, drafts, leftovers = _on_storage(sent)
    return Report(
        "media",
        machine.injected + sum(plan.done.values()),
        {
            "attempted": len(sent),
            "acked": len(messages),
            "shown as": dict(states),
            "tries": tries,
            "troubles": dict(plan.done),
            "killed": machine.kills,
            "drafts of killed workers": drafts,
            "whole files of killed workers": leftovers,
            "worker's most MB": megabytes,
        },
        {
            "lost": len(set(sent) - set(messages)),
            "unexpected": len(set(messages) - set(sent)),
            "duplicated": doubled,
            "wrong size or hash": len(wrong),
            "given up though it could be had": given_up,
            "neither whole nor shown missing": unsaid,
            "half files": halves,
            "calls to another host": elsewhere.knocks,
            "memory over the cap": int(megabytes > MOST_MEGABYTES),
            "not settled": 0 if settled else 1,
        },
    )


def _on_storage(sent: dict[str, Sent]) -> tuple[int, int, int]:
    """(files that are none of those sent, drafts, files without a row), of all on storage."""
    known = {truth.sha256 for truth in sent.values()}
    rows = Attachment.objects.all()
    known |= set(rows.values_list("sha256", flat=True))
    paths = set(rows.values_list("path", flat=True)) | set(
        rows.values_list("thumbnail_path", flat=True)
    )
    copies = set(AttachmentCopy.objects.exclude(path="").values_list("path", flat=True))
    halves = drafts = leftovers = 0
    folder = Path(default_storage.path(""))
    for path in (path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder).as_posix()
        if path.name.endswith(DRAFT):
            drafts += 1
            continue
        leftovers += place not in paths | copies
        if path.name.endswith(".thumbnail.webp"):
            with Image.open(path) as small:
                small.load()  # a cut one raises
        elif path.name.endswith(".m4a"):  # ffmpeg's, of which nobody knows the bytes
            halves += path.read_bytes()[4:8] != b"ftyp"
        else:
            halves += hashlib.sha256(path.read_bytes()).hexdigest() not in known
    return halves, drafts, leftovers
