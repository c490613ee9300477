"""One line under two numbers: Brazil's ninth digit, Mexico's 1, Argentina's 9.

WhatsApp keeps accounts under the form they were made with, and people write the other one: the
two are the same line, never two people. All by digits, with the country code and without a plus.
"""

import re

# Brazil: two digits of area, then a mobile number of eight digits that begins with 6 to 9, with
# the nine before it since 2012-2016. Areas up to 28 had it before WhatsApp was widespread there.
BRAZIL = re.compile(r"55([1-9][1-9])(9?)([6-9]\d{7})")
BRAZIL_WITH_NINE = "28"
# Mexico dropped the 1 of mobiles in 2019; Argentina's 9 stands before mobiles called from abroad.
MEXICO = re.compile(r"52(1?)([2-9]\d{9})")
ARGENTINA = re.compile(r"54(9?)([1-8]\d{9})")


def forms(digits: str) -> list[str]:
    """The number and its other form, if its country has one."""
    if match := BRAZIL.fullmatch(digits):
        area, nine, line = match.groups()
        return [digits, f"55{area}{'' if nine else '9'}{line}"]
    if match := MEXICO.fullmatch(digits):
        one, line = match.groups()
        return [digits, f"52{'' if one else '1'}{line}"]
    if match := ARGENTINA.fullmatch(digits):
        nine, line = match.groups()
        return [digits, f"54{'' if nine else '9'}{line}"]
    return [digits]


def usual(digits: str) -> str:
    """The form that WhatsApp mostly has the number under; of use where both were seen."""
    if match := BRAZIL.fullmatch(digits):
        area, _nine, line = match.groups()
        return f"55{area}{'9' if area <= BRAZIL_WITH_NINE else ''}{line}"
    if match := MEXICO.fullmatch(digits):
        return f"521{match.group(2)}"
    if match := ARGENTINA.fullmatch(digits):
        return f"549{match.group(2)}"
    return digits


def spellings(phone: str) -> list[str]:
    """The same for E.164, with the plus: what a contact may have it written as."""
    return [f"+{digits}" for digits in forms(phone.removeprefix("+"))]
