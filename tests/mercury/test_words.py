"""Words as search stores and asks for them, in the scripts that customers write."""

import string

import pytest

from mercury import words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hello, WORLD 42", ["hello", "world", "42"]),
        ("Crème brûlée Straße", ["creme", "brulee", "strasse"]),
        ("Łódź Ørsted İzmir", ["lodz", "orsted", "izmir"]),
        ("الكِتَابُ الأحمر", ["كتاب", "احمر"]),
        ("مـــرحبا ٤٢", ["مرحبا", "42"]),
        ("שָׁלוֹם עולם", ["שלומ", "עולמ"]),
        ("Ёлка", ["елка"]),
        ("हिन्दी", ["हिन्दी"]),
        ("한국어 학교", ["한국어", "학교"]),
        ("iPhone手机", ["iphone", "手机", "机"]),
        ("ファイル", ["ファ", "ァイ", "イル", "ル"]),
        ("anna@example.com", ["anna", "example", "com"]),
        ("ok👍", ["ok", "👍"]),
        ("", []),
        ("... !!! --", []),
    ],
)
def test_words_are_folded_and_split(text: str, found: list[str]) -> None:
    assert words.split(text) == found


def test_asked_chinese_leaves_the_last_character_open() -> None:
    assert words.split("发票", asked=True) == ["发票"]
    assert words.split("发票 abc", asked=True) == ["发票", "票", "abc"]
    assert words.split("票", asked=True) == ["票"]


def test_what_is_stored_is_plain_ascii_and_never_a_stopword_or_too_short() -> None:
    stored = words.text_of("ok the a Ω 发票 مرحبا 😀 Grüße", sender="Łukasz", file="Ärger.pdf")

    allowed = set(string.ascii_lowercase + string.digits + "_")
    assert set(stored) <= allowed | {" "}
    assert stored[0] == stored[-1] == " "
    assert [each for each in stored.split() if len(each) < 3 or each in {"the", "a"}] == []


def test_the_code_of_a_word_begins_with_the_code_of_its_beginning() -> None:
    for word in ("straße", "발표", "مرحبا", "𠀋𠀌", "abc"):
        for end in range(1, len(word)):
            assert words.code(word).startswith(words.code(word[:end]))


def test_no_stored_word_is_longer_than_innodb_indexes() -> None:
    stored = words.text_of("x" * 500 + " " + "ж" * 500 + " " + "한" * 500)

    assert max(map(len, stored.split())) <= 84


def test_words_of_a_name_are_told_from_those_of_the_text() -> None:
    stored = words.text_of("hello", sender="Anna", file="plan.pdf")

    assert stored == " hello plan pdf ___fplan ___fpdf ___sanna "


def test_places_of_words_lead_back_to_the_text() -> None:
    text = "Ein Café, STRASSE 发票 الكتاب"

    places = [(each.word, text[each.start : each.end]) for each in words.found_in(text)]

    assert places == [
        ("ein", "Ein"), ("cafe", "Café"), ("strasse", "STRASSE"), ("发票", "发票"),
        ("كتاب", "الكتاب"),
    ]  # fmt: skip
