"""Cells of CSV files that no spreadsheet takes for a formula."""

from collections.abc import Iterable

# What Excel, LibreOffice and Google Sheets begin a formula with, or strip before they look.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


def safe_row(cells: Iterable[object]) -> list[str]:
    """The cells as text, those that could run led by an apostrophe."""
    return [safe_cell(str(cell)) for cell in cells]


def safe_cell(text: str) -> str:
    """The text, led by an apostrophe where a spreadsheet could take it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(STARTS) else text
