"""Runs as a process of its own: takes limits upon itself, then becomes ffmpeg.

A stranger's film on stdin, its first picture as PNG on stdout. Imports nothing of ours.
`python -I film_frame.py FFMPEG CONTAINER`
"""

import os
import resource
import sys

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS = 10
EDGE = 640


def limit() -> None:
    """Give up what a picture does not need; no file can be written at all."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def command(ffmpeg: str, container: str) -> list[str]:
    """One picture, no larger than EDGE, without words of where it was made.

    The container is named, so that no playlist is read for one; only files may be opened, and
    a film's pointers to other files are not followed.
    """
    scale = f"scale={EDGE}:{EDGE}:force_original_aspect_ratio=decrease"
    return [
        ffmpeg, "-nostdin", "-v", "error", "-threads", "1",
        "-protocol_whitelist", "file", "-f", container, "-i", "file:/dev/stdin",
        "-map", "0:v:0", "-an", "-sn", "-dn", "-map_metadata", "-1", "-frames:v", "1",
        "-vf", scale, "-c:v", "png", "-threads", "1", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip


if __name__ == "__main__":
    limit()
    arguments = command(*sys.argv[1:3])
    os.execve(arguments[0], arguments, {})  # noqa: S606  # no shell, and only words of our own
