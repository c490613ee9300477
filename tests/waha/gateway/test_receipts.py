import pytest

from waha.gateway.receipts import Receipt, raw_part, read_receipt

DIRECT = "true_447700900123@c.us_3EB0A1"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            {"key": {"remoteJid": "447700900123@s.whatsapp.net", "id": "3EB0A1"}},
            Receipt("3EB0A1", DIRECT),
        ),
        ({"key": {"remoteJid": "1203@g.us", "id": "3EB0A1"}}, Receipt("3EB0A1", None)),
        ({"key": {"remoteJid": "22@lid", "id": "3EB0A1"}}, Receipt("3EB0A1", "true_22@lid_3EB0A1")),
        ({"key": {"id": "3EB0A1"}}, Receipt("3EB0A1", None)),
        ({"id": DIRECT, "_data": {}}, Receipt("3EB0A1", DIRECT)),
        (
            {"id": "true_1203@g.us_3EB0A1_447700900001@c.us"},
            Receipt("3EB0A1", "true_1203@g.us_3EB0A1_447700900001@c.us"),
        ),
        ({"id": {"_serialized": DIRECT, "id": "3EB0A1"}}, Receipt("3EB0A1", DIRECT)),
        ({"id": {"id": "3EB0A1", "remote": "x"}}, Receipt("3EB0A1", None)),
        ({"id": "3EB0A1"}, Receipt("3EB0A1", None)),
        ({"id": {}}, Receipt(None, None)),
        ({"id": None, "key": None}, Receipt(None, None)),
        ({}, Receipt(None, None)),
        ([], Receipt(None, None)),
        ("", Receipt(None, None)),
        (None, Receipt(None, None)),
    ],
)
def test_read_receipt_finds_the_id_of_every_engine(answer, expected):
    assert read_receipt(answer) == expected


@pytest.mark.parametrize(
    ("full", "raw"),
    [
        (DIRECT, "3EB0A1"),
        ("false_1203@g.us_3EB0A1_22@lid", "3EB0A1"),
        ("3EB0A1", "3EB0A1"),
        ("", ""),
    ],
)
def test_raw_part_is_the_third_of_a_full_id(full, raw):
    assert raw_part(full) == raw
