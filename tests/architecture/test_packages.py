"""The top-level names are common words, so it matters which folder Python takes them from."""

import importlib
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ["bots", "core", "training_plans", "knowledge", "lora", "ops"]


@pytest.mark.parametrize("name", PACKAGES)
def test_each_top_level_package_is_loaded_from_our_folder(name: str) -> None:
    package = importlib.import_module(name)

    assert package.__file__ is not None
    assert Path(package.__file__).resolve() == ROOT / name / "__init__.py"


def test_no_top_level_python_package_exists_besides_the_six_and_the_tests() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert found == {*PACKAGES, "tests"}


def test_the_distribution_is_private_and_has_one_console_script() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert "Private :: Do Not Upload" in project["classifiers"]
    assert project["scripts"] == {"peilian": "ops.__main__:main"}


def test_the_installed_distribution_is_this_project() -> None:
    scripts = metadata.entry_points(group="console_scripts", name="peilian")

    assert [script.value for script in scripts] == ["ops.__main__:main"]


def test_an_image_holds_every_file_of_the_packages(tmp_path: Path) -> None:
    """The image installs a wheel, a checkout does not: its schema steps were left out."""
    for name in ("pyproject.toml", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    unwanted = shutil.ignore_patterns("__pycache__", "miniprogram", ".*")
    for name in PACKAGES:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=unwanted)
    ours = {
        str(path.relative_to(tmp_path))
        for name in PACKAGES
        for path in (tmp_path / name).rglob("*")
        if path.is_file()
    }
    build = "import setuptools.build_meta as build; build.build_wheel('.')"
    built = subprocess.run(
        (sys.executable, "-c", build), cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == ours
