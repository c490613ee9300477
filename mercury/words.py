"""Text as search sees it: folded words, in plain ASCII, the same on every database.

Servers disagree on what a word is and which letters are equal, and MariaDB and SQLite know no
n-grams. So that is decided here: case and accents are folded, Arabic and Hebrew spelling is
levelled, Chinese, Japanese, Thai and their like become overlapping pairs of characters, and every
letter beyond ASCII becomes a fixed code. A server then only compares bytes.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

SENDER, FILE = "___s", "___f"
"""Before the words of a sender's name and of a file's name; no other word begins so."""

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LONGEST_ASCII, _LONGEST = 76, 12  # InnoDB indexes words of at most 84 bytes

# Written without spaces between words.
_PAIRED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff"
)
_EMOJI = "\u2600-\u27bf\U0001f300-\U0001faff"
# Vowel signs of Indian scripts are marks to Python and part of the word to everybody else.
_LETTER = rf"(?:[^\W_{_PAIRED}]|[\u0900-\u0963\u0966-\u0dff])"
_WORD = re.compile(
    rf"(?P<pairs>[{_PAIRED}]+)|(?P<emoji>[{_EMOJI}])|(?P<word>{_LETTER}{{1,{_LONGEST}}})"
)
_ASCII_WORD = re.compile(rf"[a-z0-9]{{1,{_LONGEST_ASCII}}}")

# Accents, Hebrew points, Arabic vowel signs; and the tatweel, which only stretches a word.
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u06d6-\u06ed\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
)
_SAME = str.maketrans(
    {
        "ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "ħ": "h", "ŧ": "t", "ð": "d",
        "þ": "th", "ٱ": "ا", "ى": "ي", "ی": "ي", "ة": "ه", "ک": "ك", "ہ": "ه", "ھ": "ه",
        "ך": "כ", "ם": "מ", "ן": "נ", "ף": "פ", "ץ": "צ",
        **{chr(first + n): str(n) for first in (0x660, 0x6F0, 0x966, 0xE50) for n in range(10)},
    }
)  # fmt: skip
_ARTICLE = "ال"
# What InnoDB leaves out by default, in MySQL and MariaDB.
_STOPWORDS = {
    "a", "about", "an", "are", "as", "at", "be", "by", "com", "de", "en", "for", "from", "how",
    "i", "in", "is", "it", "la", "of", "on", "or", "that", "the", "this", "to", "und", "was",
    "what", "when", "where", "who", "will", "with", "www",
}  # fmt: skip


class _Codes(dict[int, str]):
    """Letters beyond ASCII as `_` and three digits, rare ones as `__` and four."""

    def __missing__(self, point: int) -> str:
        if point < 128:
            code = chr(point)
        elif point < 36**3:
            code = "_" + _digits(point, 3)
        else:
            code = "__" + _digits(point, 4)
        self[point] = code
        return code


def _digits(number: int, width: int) -> str:
    digits = ""
    for _ in range(width):
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return digits


_CODES = _Codes()


@dataclass(frozen=True, slots=True)
class Found:
    """A word of a text: how it is folded and where it stands there."""

    word: str
    start: int
    end: int
    paired: bool = False


def fold(text: str) -> str:
    """`text` without what people leave out or write in two ways: case, accents, vowel signs."""
    if text.isascii():
        return text.lower()
    apart = _MARKS.sub("", unicodedata.normalize("NFKD", text.casefold()))
    return unicodedata.normalize("NFC", apart.translate(_SAME))


def split(text: str, *, asked: bool = False) -> list[str]:
    """The words of a text in their order, folded; of a question (`asked`), as they are looked up.

    A run of Chinese is all its pairs and its last character alone, so that one character is
    found by the beginning of a pair. A question that ends in such a run leaves that last one out:
    the text may go on.
    """
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    found: list[str] = []
    folded = fold(text)
    for match in _WORD.finditer(folded):
        word = match.group()
        if match.lastgroup == "pairs":
            found += [first + second for first, second in pairwise(word)]
            if not asked or len(word) == 1 or _WORD.search(folded, match.end()):
                found.append(word[-1])
        else:
            found.append(_bare(word))
    return found


def _bare(word: str) -> str:
    """Without the Arabic article: who looks for `book` wants `the book` too."""
    return word[2:] if len(word) > 3 and word.startswith(_ARTICLE) else word


def code(word: str) -> str:
    """A folded word in ASCII. The code of a word begins with the code of its beginning."""
    return word if word.isascii() else word.translate(_CODES)


def whole(word: str) -> str:
    """A coded word as texts hold it: lengthened where InnoDB would leave it out."""
    if len(word) < 3:
        return word + "__"[: 3 - len(word)]
    return word + "_" if word in _STOPWORDS else word


def text_of(text: str, *, sender: str = "", file: str = "") -> str:
    """What is stored and searched: coded words with a space on either side of each.

    Words of a sender's and a file's name come behind, under their own beginnings; those of the
    file also as plain words.
    """
    coded = [whole(word) for word in _coded(text)]
    if file:
        names = _coded(file)
        coded += [*map(whole, names), *(FILE + name for name in names)]
    if sender:
        coded += [SENDER + name for name in _coded(sender)]
    return f" {' '.join(coded)} " if coded else ""


def _coded(text: str) -> list[str]:
    found = split(text)
    return found if text.isascii() else [code(word) for word in found]


def found_in(text: str) -> Iterator[Found]:
    """The words of a text with their places in it, for marking what was found."""
    for match in re.finditer(r"\S+", text):
        yield from _places(match.group(), match.start())


def _places(piece: str, start: int) -> Iterator[Found]:
    """Fold letter by letter, so that each folded letter knows where it came from."""
    folded, places = "", []
    for at, letter in enumerate(piece):
        each = fold(letter)
        folded += each
        places += [at] * len(each)
    for match in _WORD.finditer(folded):
        first, last = places[match.start()], places[match.end() - 1]
        word = match.group()
        paired = match.lastgroup == "pairs"
        yield Found(word if paired else _bare(word), start + first, start + last + 1, paired)


_SPELT = range(0xAA, 0x700)
"""Latin, Greek, Cyrillic, Hebrew, Arabic: letters that one word is spelt by in several ways."""

# Between letters of Arabic and Hebrew: vowel signs, points, and what only stretches a word.
_POINTS = "[\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670]*"


@cache
def _spellings() -> dict[str, str]:
    """{folded letter: every letter that folds to it}."""
    found: dict[str, str] = {}
    for letter in map(chr, _SPELT):
        folded = fold(letter)
        if len(folded) == 1 and folded != letter and (folded.isalpha() or folded.isdigit()):
            found[folded] = found.get(folded, "") + letter
    return found


def pattern_of(word: str) -> str:
    """A regular expression that finds `word` in names however they are spelt there.

    For names, which are not stored coded: engines agree neither on accents nor on Arabic. One
    class for each letter and nothing nested, so no text makes it slow. MySQL's, MariaDB's and
    Python's engines read it alike.
    """
    spelt = _spellings()
    parts = []
    for letter in fold(word) or word:
        others = spelt.get(letter, "")
        points = _POINTS if "\u0590" < letter < "\u0700" else ""
        escaped = re.sub(r"[^\w\s]", lambda special: f"\\{special.group()}", letter)
        parts.append((f"[{letter}{others}]" if others else escaped) + points)
    return "".join(parts)
