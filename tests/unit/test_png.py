"""Pictures as PNG: their size, their ink, their letters, and what they say in words."""

from itertools import combinations

import pytest
from fontTools.ttLib import TTFont

from bots.pictures import said
from bots.pictures.canvas import picture, words
from bots.pictures.messages import picture_of
from bots.pictures.radar import Axis
from bots.pictures.raster import png_of
from core.domain.ability import Ability
from core.domain.messages import ChannelAddress, ChannelKind, Json, NoticeCode, OutboundMessage
from tests.chart_font import FAMILY, FONT, wanted
from tests.png import opened

HERE = ChannelAddress(ChannelKind.SLACK, "main", "U1")
NOWHERE = "\U000f0000"
"""A private character, of which the font draws the box for what it does not have."""


def message(code: NoticeCode, facts: dict[str, Json]) -> OutboundMessage:
    return OutboundMessage(HERE, code, facts)


def letter(text: str) -> bytes:
    drawn = picture([words(20, 30, text, kind="label")], size=(40, 40), title="", text="")
    return png_of(drawn)


def test_the_font_holds_every_character_of_our_words_and_stays_small() -> None:
    font = TTFont(FONT)
    held = {chr(code) for code in font.getBestCmap()}
    assert sorted(wanted() - held) == []
    assert font["name"].getBestFamilyName() == FAMILY
    assert "Open Font License" in str(font["name"].getDebugName(13))
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FONT.parent / "OFL.txt").read_text("utf-8")
    assert FONT.stat().st_size < 3_000_000


def test_letters_are_drawn_and_are_no_boxes() -> None:
    pixels = {text: opened(letter(text)).pixels for text in ("同", "喆", "理", "A", "7", NOWHERE)}
    blank = opened(letter(" ")).pixels
    for text, drawn in pixels.items():
        assert (drawn != blank).sum() > 50, text
    for one, other in combinations(pixels, 2):
        assert (pixels[one] != pixels[other]).sum() > 50, (one, other)


def test_a_profile_is_a_picture_of_the_width_that_is_asked_for() -> None:
    axes = [Axis(ability.value, 6.0, 5.0, 7.0) for ability in Ability]
    drawn = opened(png_of(said.ability_radar("zh", axes, title="profile"), width=200))
    assert drawn.size == (200, 137)
    assert drawn.ink() > 2_000
    told = drawn.texts["Description"]
    assert told.startswith("能力画像\n雷达图：同理心 6.0（5.0–7.0）、")


def test_a_debrief_is_one_picture_of_abilities_and_anger() -> None:
    abilities: dict[str, Json] = {ability.value: 7.0 for ability in Ability}
    heat: list[Json] = [
        {"turn": 2, "tenths": 1, "before": 5.0, "after": 6.0},
        {"turn": 4, "tenths": -3, "before": 6.0, "after": 3.0},
    ]
    both = picture_of(message(NoticeCode.DEBRIEF, {"abilities": abilities, "heat": heat}))
    marks = picture_of(message(NoticeCode.SCORE, {"abilities": abilities}))
    assert both is not None
    assert marks is not None
    assert "第 4 句 3.0" in both.alt
    assert "第" not in marks.alt
    assert opened(both.png).size == (800, 898)
    assert both.name == "debrief"


@pytest.mark.parametrize(
    ("code", "facts"),
    [
        (NoticeCode.HELP, {}),
        (NoticeCode.DEBRIEF, {"abilities": {"Q1": 5.0}, "heat": []}),
        (NoticeCode.PROFILE, {"levels": [{"ability": one, "value": None} for one in Ability]}),
        (NoticeCode.DIGEST, {"day": "2026-03-03", "counts": [0, 0]}),
        (NoticeCode.DIGEST, {"day": "someday", "counts": [1]}),
    ],
)
def test_what_has_nothing_to_show_has_no_picture(code: NoticeCode, facts: dict[str, Json]) -> None:
    assert picture_of(message(code, facts)) is None
