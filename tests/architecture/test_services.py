"""A missing service skips with the variable's name, or fails where services are required."""

import pytest

from tests.services import required_service

VARIABLE = "PEILIAN_TEST_IMAGINARY_URL"


def test_an_address_in_the_environment_is_handed_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, " redis://127.0.0.1:7000/0 ")

    assert required_service(VARIABLE) == "redis://127.0.0.1:7000/0"


def test_a_missing_service_skips_and_names_its_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    monkeypatch.delenv("PEILIAN_REQUIRE_SERVICES", raising=False)

    with pytest.raises(pytest.skip.Exception, match="needs PEILIAN_TEST_IMAGINARY_URL"):
        required_service(VARIABLE)


def test_a_missing_service_fails_where_services_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("PEILIAN_REQUIRE_SERVICES", "1")

    with pytest.raises(pytest.fail.Exception, match="forbids skipping"):
        required_service(VARIABLE)
