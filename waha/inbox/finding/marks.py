"""What was found inside a text: pieces, each marked or not. Templates escape each of them."""

from collections.abc import Iterable
from dataclasses import dataclass

from mercury import words
from waha.search.query import Term

LENGTH = 180
BEFORE = 60
"""Characters of a long text that are shown, and at most before the first word that was found."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text; `hit` when it is what was looked for."""

    text: str
    hit: bool = False


def pieces(text: str, terms: Iterable[Term], *, length: int = LENGTH) -> list[Piece]:
    """The text on one line, cut around the first hit, in pieces."""
    line = " ".join(text.split())
    spans = _spans(line, [term for term in terms if not term.negated])
    start = 0
    if len(line) > length and spans and spans[0][0] > BEFORE:
        start = line.rfind(" ", 0, spans[0][0] - BEFORE // 2) + 1 or spans[0][0] - BEFORE // 2
    end = min(len(line), start + length)
    found = [Piece("…")] if start else []
    at = start
    for first, last in spans:
        if first < at or last > end:
            continue
        found += [Piece(line[at:first])] if first > at else []
        found.append(Piece(line[first:last], hit=True))
        at = last
    if at < end:
        found.append(Piece(line[at:end]))
    return [*found, Piece("…")] if end < len(line) else found


def _spans(line: str, terms: list[Term]) -> list[tuple[int, int]]:
    """(start, end) of everything that a term found, in order and without overlaps."""
    starts = {word for term in terms for word in term.words if len(word) > 0}
    if not starts:
        return []
    spans: list[tuple[int, int]] = []
    for each in words.found_in(line):
        spans += _paired(each, starts) if each.paired else _word(line, each, starts)
    return _joined(sorted(spans))


def _word(line: str, found: words.Found, starts: set[str]) -> list[tuple[int, int]]:
    lengths = [len(start) for start in starts if found.word.startswith(start)]
    if not lengths:
        return []
    # Letters that fold to two, or to none, move the end: then the whole word is marked.
    whole = found.end - found.start
    length = max(lengths) if whole == len(found.word) else whole
    return [(found.start, found.start + length)]


def _paired(found: words.Found, starts: set[str]) -> list[tuple[int, int]]:
    """Places in a run of Chinese: found by pairs, marked wherever a pair stands."""
    if found.end - found.start != len(found.word):
        return []
    spans = []
    for start in starts:
        at = found.word.find(start)
        while at >= 0:
            spans.append((found.start + at, found.start + at + len(start)))
            at = found.word.find(start, at + 1)
    return spans


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for first, last in spans:
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
        else:
            joined.append((first, last))
    return joined
