"""A new version takes the offer; the former one is found for those who began with it."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
import yaml

from core.content.check import check
from core.content.library import open_library
from core.content.pack import SHIPPED
from core.content.versions import publish
from tests.unit.content.samples import SOUND, changed, write_pack

DATA = yaml.safe_load(SOUND)


def test_the_first_publication_is_version_1_and_passes_the_check(tmp_path: Path) -> None:
    done = publish(tmp_path, {**DATA, "version": "whatever"})
    assert (done.version, done.former) == ("1", None)
    assert done.file == tmp_path / "zh" / "scenarios" / "lost-parcel.yaml"
    assert check(tmp_path) == []
    assert open_library(tmp_path).scenario("lost-parcel").version == "1"


def test_a_second_publication_keeps_the_first(tmp_path: Path) -> None:
    publish(tmp_path, DATA)
    done = publish(tmp_path, {**DATA, "title": "包裹去哪了"})
    assert done.version == "2"
    assert done.former == tmp_path / "zh" / "versions" / "lost-parcel@1.yaml"
    library = open_library(tmp_path)
    assert library.scenario("lost-parcel").title == "包裹去哪了"
    assert library.scenario("lost-parcel", "2").title == "包裹去哪了"
    assert library.scenario("lost-parcel", "1").title == "包裹不见了"
    assert [one.title for one in library.scenarios("zh") if one.id == "lost-parcel"] == [
        "包裹去哪了"
    ]
    assert check(tmp_path) == []


def test_an_own_version_of_a_shipped_case_keeps_the_shipped_one_with_its_values(
    tmp_path: Path,
) -> None:
    shipped = open_library().scenario("exchange-defect")
    done = publish(tmp_path, {**DATA, "id": "exchange-defect"})
    assert done.version == "2"
    library = open_library(tmp_path)
    assert library.scenario("exchange-defect").title == "包裹不见了"
    assert library.scenario("exchange-defect", shipped.version) == shipped
    assert done.former is not None
    assert "{policy." not in done.former.read_text(encoding="utf-8")


def test_a_shipped_case_that_is_overridden_by_hand_is_still_found_by_its_version(
    tmp_path: Path,
) -> None:
    shipped = open_library().scenario("broadband-outage")
    text = changed("id: lost-parcel", "id: broadband-outage").replace(
        'version: "1"', 'version: "9"'
    )
    write_pack(tmp_path, text)
    assert open_library(tmp_path).scenario("broadband-outage", shipped.version) == shipped


def test_a_version_that_is_gone_is_answered_with_the_newest_and_logged_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    publish(tmp_path, DATA)
    library = open_library(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert library.scenario("lost-parcel", "0").version == "1"
        assert library.scenario("lost-parcel", "0").version == "1"
    assert [record.message for record in caplog.records] == ["a scenario's version is gone"]


def test_the_same_version_with_other_company_values_is_nearer_than_the_newest(
    tmp_path: Path,
) -> None:
    publish(tmp_path, DATA)
    publish(tmp_path, {**DATA, "title": "包裹去哪了"})
    assert open_library(tmp_path).scenario("lost-parcel", "1+0a1b2c3d").title == "包裹不见了"


def test_a_former_version_with_faults_is_named_by_the_check_and_keeps_nothing_else_away(
    tmp_path: Path,
) -> None:
    publish(tmp_path, DATA)
    bad = tmp_path / "zh" / "versions" / "lost-parcel@0.yaml"
    bad.parent.mkdir()
    bad.write_text("id: lost-parcel\n", encoding="utf-8")
    assert open_library(tmp_path).scenario("lost-parcel").version == "1"
    assert {fault.file for fault in check(tmp_path)} == {str(bad)}


def test_shipped_packs_hold_no_former_version_that_cannot_be_read() -> None:
    assert check(SHIPPED) == []
