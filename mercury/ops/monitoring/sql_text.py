"""Statements without the values in them: what a customer wrote must not stand on a page."""

import re

STRING = r"'(?:[^'\\]|\\.|'')*(?:'|$)"  # also one that the server cut off
DOUBLE = r'"(?:[^"\\]|\\.|"")*(?:"|$)'
NUMBER = r"\b(?:0x[0-9A-Fa-f]+)\b|(?<![\w.`\"])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\b"
# Double quotes hold a value on MySQL and a name on SQLite.
VALUES = {
    "mysql": re.compile(f"[xXbB_]?{STRING}|{DOUBLE}|{NUMBER}", re.DOTALL),
    "sqlite": re.compile(f"[xX]?{STRING}|{NUMBER}", re.DOTALL),
}
LIST = re.compile(r"\((?:\s*(?:%s|\?)\s*,)+\s*(?:%s|\?)\s*\)")
ROWS = re.compile(r"(?:\((?:%s|\?|…)\)\s*,\s*)+\((?:%s|\?|…)\)")
SPACE = re.compile(r"\s+")


def without_values(sql: str, *, vendor: str = "mysql") -> str:
    """The statement on one line, every value as `?`, lists of them as `(…)`."""
    plain = VALUES.get(vendor, VALUES["mysql"]).sub("?", sql)
    return SPACE.sub(" ", ROWS.sub("(…), (…)", LIST.sub("(…)", plain))).strip()
