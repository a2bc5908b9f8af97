"""Pictures are well formed, say in words what they show, and invent nothing."""

from dataclasses import replace
from xml.etree import ElementTree

import pytest

from bots.pictures.curves import curve
from bots.pictures.radar import SIZE, Axis, radar

SVG = "{http://www.w3.org/2000/svg}"
NINE = [Axis(f"能力{number}", float(number)) for number in range(9)]


def read(picture: str) -> ElementTree.Element:
    return ElementTree.fromstring(picture)


def test_a_radar_of_nine_known_values_is_one_closed_shape_with_nine_points() -> None:
    drawn = read(radar(NINE, title="本次", text="九项"))
    assert len(drawn.findall(f"{SVG}polygon[@class='area']")) == 1
    assert len(drawn.findall(f"{SVG}circle[@class='dot']")) == 9
    assert drawn.findtext(f"{SVG}title") == "本次"
    assert drawn.findtext(f"{SVG}desc") == "九项"


def test_an_unknown_value_is_a_gap_and_no_zero() -> None:
    values = [replace(axis, value=None) if axis.label == "能力3" else axis for axis in NINE]
    drawn = read(radar(values, title="", text=""))
    assert drawn.findall(f"{SVG}polygon[@class='area']") == []
    assert len(drawn.findall(f"{SVG}circle[@class='dot']")) == 8
    assert len(drawn.findall(f"{SVG}line[@class='line']")) == 7
    labels = {text.text: text[0].text for text in drawn.findall(f"{SVG}text")}
    assert labels["能力3"] == "—"
    assert labels["能力4"] == "4.0"


def test_what_may_not_be_shown_has_neither_axis_nor_figure_nor_band() -> None:
    nine = [replace(axis, low=3.0, high=5.0) for axis in NINE]
    hidden = [replace(axis, value=None) if axis.label == "能力3" else axis for axis in nine]
    for axes, lines, bands in ((nine, 9, 9), (hidden, 8, 7)):
        drawn = read(radar(axes, title="", text=""))
        assert len(drawn.findall(f"{SVG}line[@class='ring']")) == lines
        assert len(drawn.findall(f"{SVG}line[@class='line reach']")) == lines
        assert len(drawn.findall(f"{SVG}polygon[@class='area band']")) == bands


def test_every_point_of_a_radar_lies_inside_the_picture_whatever_the_value() -> None:
    width, height = SIZE
    drawn = read(radar([Axis("甲", -5.0), Axis("乙", 99.0), Axis("丙", 10.0)], title="", text=""))
    for dot in drawn.findall(f"{SVG}circle"):
        assert 0 < float(dot.attrib["cx"]) < width
        assert 0 < float(dot.attrib["cy"]) < height


def test_names_are_text_and_never_markup() -> None:
    drawn = read(
        radar([Axis("<b>&", 1.0), Axis("乙", 2.0), Axis("丙", 3.0)], title="<t>", text="&")
    )
    assert "<b>&" in [text.text for text in drawn.findall(f"{SVG}text")]
    assert drawn.findtext(f"{SVG}title") == "<t>"


def test_a_curve_goes_up_when_the_value_does() -> None:
    drawn = read(curve([("1", 2.0), ("2", 8.0)], title="走势", text="2、8"))
    line = drawn.find(f"{SVG}polyline")
    assert line is not None
    (_, first), (_, second) = (point.split(",") for point in line.attrib["points"].split())
    assert float(second) < float(first)


def test_a_long_curve_thins_its_labels_and_keeps_the_last() -> None:
    drawn = read(curve([(str(n), 5.0) for n in range(1, 51)], title="", text=""))
    labels = [text.text for text in drawn.findall(f"{SVG}text[@class='value']")]
    assert labels[:3] == ["0", "5", "10"]
    assert len(labels[3:]) == 10
    assert labels[-1] == "50"


def test_too_few_points_are_refused() -> None:
    with pytest.raises(ValueError, match="three"):
        radar([Axis("甲", 1.0), Axis("乙", 2.0)], title="", text="")
    with pytest.raises(ValueError, match="two"):
        curve([("1", 1.0)], title="", text="")
