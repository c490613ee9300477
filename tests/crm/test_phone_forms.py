"""One line under two numbers: Brazil, Mexico, Argentina."""

import pytest

from crm.phone_forms import forms, spellings, usual

PAIRS = [
    ("5511987654321", "551187654321", "5511987654321"),
    ("5531987654321", "553187654321", "553187654321"),
    ("525512345678", "5215512345678", "5215512345678"),
    ("541123456789", "5491123456789", "5491123456789"),
]


@pytest.mark.parametrize(("one", "other", "best"), PAIRS)
def test_both_forms_lead_to_each_other_and_to_one_usual_form(
    one: str, other: str, best: str
) -> None:
    assert forms(one) == [one, other]
    assert forms(other) == [other, one]
    assert (usual(one), usual(other)) == (best, best)


@pytest.mark.parametrize(
    "digits",
    [
        "447700900123",
        "551133334444",  # a landline has no ninth digit
        "5511933334444",  # nor is 9 3333 4444 a landline's other form
        "55119876543210",
        "52155123456",
        "549112345678901",
        "",
    ],
)
def test_other_numbers_have_one_form(digits: str) -> None:
    assert forms(digits) == [digits]
    assert usual(digits) == digits


def test_spellings_are_e164() -> None:
    assert spellings("+525512345678") == ["+525512345678", "+5215512345678"]
