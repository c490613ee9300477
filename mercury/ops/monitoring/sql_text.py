"""Statements without the values in them: what a customer wrote must not stand on a page."""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO)\s+[`\"]?(\w+)", re.IGNORECASE)
VERBS: dict[str, str | Promise] = {
    "SELECT": gettext_lazy("Reads %(tables)s"),
    "INSERT": gettext_lazy("Adds to %(tables)s"),
    "REPLACE": gettext_lazy("Adds to %(tables)s"),
    "UPDATE": gettext_lazy("Changes %(tables)s"),
    "DELETE": gettext_lazy("Deletes from %(tables)s"),
}
MOST_TABLES = 4


def without_values(sql: str, *, vendor: str = "mysql") -> str:
    """The statement on one line, every value as `?`, lists of them as `(…)`."""
    plain = VALUES.get(vendor, VALUES["mysql"]).sub("?", sql)
    return SPACE.sub(" ", ROWS.sub("(…), (…)", LIST.sub("(…)", plain))).strip()


def in_words(sql: str) -> str:
    """What a statement does, for who does not read SQL: "Reads waha_chats and contacts"."""
    said = VERBS.get(sql.lstrip(" (").split(" ", 1)[0].upper())
    tables = list(dict.fromkeys(TABLE.findall(sql)))
    if said is None or not tables:
        return _("Something else")
    more = ["…"] if len(tables) > MOST_TABLES else []
    return str(said) % {"tables": ", ".join([*tables[:MOST_TABLES], *more])}
