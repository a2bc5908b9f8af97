"""Texts are cut by bytes and lose no word."""

from bots.text import head, legal, packed, split


def test_legal_keeps_what_people_type() -> None:
    assert legal("换行\r\n制表\t😀𠮷") == "换行\r\n制表\t😀𠮷"


def test_a_text_is_cut_by_bytes_on_character_borders() -> None:
    pieces = split("话" * 1000, 2048)
    assert [len(piece.encode()) for piece in pieces] == [2046, 954]
    assert "".join(pieces) == "话" * 1000
    assert head("a😀", 4) == "a"


def test_a_text_is_cut_at_a_line_border_when_one_is_near() -> None:
    assert split("一二三\n四五六七八", 18) == ["一二三", "四五六七八"]
    assert split("一\n二三四五六七八", 18) == ["一\n二三四五", "六七八"]


def test_nothing_to_say_is_no_piece() -> None:
    assert split("", 2048) == []
    assert split(" \n ", 2048) == []
    assert split("x" * 2048, 2048) == ["x" * 2048]


def test_words_are_packed_by_bytes_and_none_is_lost() -> None:
    texts = ["一" * 5000, "二" * 9000, "三"]
    units = packed(texts, 20_480)

    assert all(len(unit.encode()) <= 20_480 for unit in units)
    assert "".join(units).replace("\n", "") == "".join(texts)


def test_without_a_limit_all_is_one_message() -> None:
    assert packed(["一", " ", "二"], None) == ["一\n\n二"]
