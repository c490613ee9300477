"""The files of the demo's messages: small, real, made on the spot."""

import random

from attachments import services
from mercury.ops.seeding.office.scenes import Scene
from mercury.ops.seeding.office.threads import mark_missing, mark_stored
from waha.gateway.simulator import media
from waha.models import MessageType, WahaChat, WahaMessage

LARGEST = 10 * 1024 * 1024
NAMES = {
    MessageType.IMAGE: "photo.jpeg",
    MessageType.STICKER: "sticker.webp",
    MessageType.VOICE: "voice.ogg",
    MessageType.AUDIO: "audio.ogg",
    MessageType.VIDEO: "video.mp4",
}


def store_scene_files(
    rng: random.Random, scene: Scene | None, rows: list[WahaMessage], chat: WahaChat
) -> int:
    """Put a file on every media message of a scene; returns how many there were."""
    if scene is None:
        return 0
    stored = 0
    pairs = zip(scene.steps, rows[-len(scene.steps) :], strict=True)
    for step, row in pairs:
        if not row.has_media:
            continue
        if step.is_missing:
            mark_missing(row, step.file)
            continue
        made = media.make(str(step.type), rng, step.file.removesuffix(".pdf"))
        name = NAMES.get(step.type, step.file)
        file = services.store(
            [made.data], record=row, name=name, by=None, max_bytes=LARGEST, chat_id=chat.pk
        )
        shown = step.file if step.type == MessageType.DOCUMENT else ""
        mark_stored(row, shown, made.mimetype, file.size)
        stored += 1
    return stored
