"""Time zone tables for MySQL and MariaDB, made from Python's own zone data.

Without them `__date` look-ups find nothing and raise nothing. The servers' own converters
are not in Debian's -core packages, and differ; the five tables do not.
"""

import struct
import sysconfig
import zoneinfo
from collections.abc import Iterator
from pathlib import Path

BATCH = 500


def statements() -> Iterator[str]:
    """SQL for an empty set of tables in the schema `mysql`, one statement per item."""
    rows: dict[str, list[str]] = {
        "time_zone": [], "time_zone_name": [],
        "time_zone_transition": [], "time_zone_transition_type": [],
    }  # fmt: skip
    known: dict[bytes, int] = {}
    for name in sorted(zoneinfo.available_timezones()):
        data = _read(name)
        if data is None:
            continue
        zone = known.get(data)
        if zone is None:
            zone = known[data] = len(known) + 1
            rows["time_zone"].append(f"({zone},'N')")
            transitions, types = parse(data)
            rows["time_zone_transition"] += [f"({zone},{at},{kind})" for at, kind in transitions]
            rows["time_zone_transition_type"] += [
                f"({zone},{kind},{offset},{int(is_dst)},'{abbreviation}')"
                for kind, (offset, is_dst, abbreviation) in enumerate(types)
            ]
        rows["time_zone_name"].append(f"('{name}',{zone})")
    for table, values in rows.items():
        yield f"TRUNCATE TABLE mysql.{table}"
        for start in range(0, len(values), BATCH):
            batch = ",".join(values[start : start + BATCH])
            # Numbers and zone names from the system's own files.
            yield f"INSERT INTO mysql.{table} VALUES {batch}"  # noqa: S608


def parse(data: bytes) -> tuple[list[tuple[int, int]], list[tuple[int, bool, str]]]:
    """Transitions (second, type) and types (offset, is_dst, abbreviation) of a TZif file.

    Takes the 64-bit block of RFC 8536; times before 1901 are clipped. Debian lists what comes
    until 2037 in the block itself, so the rule for the time after it is not read.
    """
    first = _header(data, 0)
    start = 44 + _length(first, 4)
    counts = _header(data, start)
    _utc, _standard, _leap, time_count, type_count, char_count = counts
    at = start + 44
    times = struct.unpack_from(f">{time_count}q", data, at)
    kinds = struct.unpack_from(f">{time_count}B", data, at + 8 * time_count)
    at += 9 * time_count
    raw = [struct.unpack_from(">iBB", data, at + 6 * index) for index in range(type_count)]
    chars = data[at + 6 * type_count : at + 6 * type_count + char_count]
    types = [
        (offset, bool(is_dst), chars[index : chars.index(b"\0", index)].decode("ascii"))
        for offset, is_dst, index in raw
    ]
    transitions = {max(time, -(2**31)): kind for time, kind in zip(times, kinds, strict=True)}
    return sorted(transitions.items()), types


def _header(data: bytes, at: int) -> tuple[int, ...]:
    if data[at : at + 4] != b"TZif":
        raise ValueError("not a time zone file")
    return struct.unpack_from(">6I", data, at + 20)


def _length(counts: tuple[int, ...], time_size: int) -> int:
    utc, standard, leap, time_count, type_count, char_count = counts
    return (
        time_count * (time_size + 1)
        + type_count * 6
        + char_count
        + leap * (time_size + 4)
        + standard
        + utc
    )


def _read(name: str) -> bytes | None:
    wheel = sysconfig.get_paths()["purelib"] + "/tzdata/zoneinfo"
    for folder in (*zoneinfo.TZPATH, wheel):
        path = Path(folder, name)
        if path.is_file():
            return path.read_bytes()
    return None
