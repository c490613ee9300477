"""Runs as a process of its own: takes limits upon itself, then becomes ffmpeg.

Strangers' sound is decoded here, with no secret, no network and little of the machine in reach.
Imports nothing of ours. `python -I transcoder.py FFMPEG INPUT OUTPUT`
"""

import os
import resource
import sys

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 60
MAX_OUTPUT = 32 * 1024 * 1024
LONGEST_SECONDS = 3600


def limit() -> None:
    """Give up what a voice note does not need."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MAX_OUTPUT, MAX_OUTPUT))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def command(ffmpeg: str, source: str, target: str) -> list[str]:
    """Ogg in, AAC in MP4 out: one stream of sound, no picture, no words of where it was made.

    The container is named, so that no playlist is read for one; only files may be opened.
    """
    return [
        ffmpeg, "-nostdin", "-v", "error", "-threads", "1",
        "-protocol_whitelist", "file", "-f", "ogg", "-i", f"file:{source}",
        "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1",
        "-t", str(LONGEST_SECONDS), "-ac", "1", "-ar", "48000", "-c:a", "aac", "-b:a", "48k",
        "-threads", "1", "-movflags", "+faststart", "-f", "mp4", "-y", f"file:{target}",
    ]  # fmt: skip


if __name__ == "__main__":
    limit()
    arguments = command(*sys.argv[1:4])
    os.execve(arguments[0], arguments, {})  # noqa: S606  # no shell, and only paths of our own
