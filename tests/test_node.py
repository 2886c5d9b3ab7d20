"""What is installed from npm is whole or is installed again; `npm` is a script of the tests."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from tests.helpers.node import HOME_VARIABLE, Installation, install, installation_of

NPM = """#!{python}
import json, pathlib, sys

packages = [argument.rpartition("@") for argument in sys.argv if "@" in argument]
folder = pathlib.Path(sys.argv[sys.argv.index("--prefix") + 1]) / "node_modules"
for name, _, version in packages:
    (folder / name).mkdir(parents=True)
    (folder / name / "package.json").write_text(json.dumps({{"version": version}}))
(folder / ".bin").mkdir()
(folder / ".bin" / "node").touch(0o755)
if pathlib.Path("{fails}").exists():
    sys.exit(1)
listed = {{f"node_modules/{{name}}": {{}} for name, _, _ in packages}}
(folder / ".package-lock.json").write_text(json.dumps({{"packages": listed}}))
"""


@pytest.fixture
def npm_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that makes npm fail half-way while it is there."""
    fails = tmp_path / "npm fails"
    own = tmp_path / "own"
    own.mkdir()
    (own / "npm").write_text(NPM.format(python=sys.executable, fails=fails), encoding="utf-8")
    (own / "npm").chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(own / "python"))
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))
    return fails


def installations(tmp_path: Path) -> list[str]:
    return [folder.name for folder in (tmp_path / "home").iterdir()]


@pytest.mark.usefixtures("npm_fails")
def test_a_package_is_installed_once(capsys: pytest.CaptureFixture[str]) -> None:
    first, second = install("ham", "1.2"), install("ham", "1.2")

    assert first == second
    assert first.is_whole()
    assert capsys.readouterr().out == "installing node@22 and ham@1.2 from npm\n"


@pytest.mark.usefixtures("npm_fails")
def test_two_versions_stand_side_by_side(tmp_path: Path) -> None:
    install("ham", "1.2")
    assert install("ham", "1.3").versions == {"node": "22", "ham": "1.3"}

    assert sorted(installations(tmp_path)) == ["ham-1.2-node-22", "ham-1.3-node-22"]


@pytest.mark.usefixtures("npm_fails")
def test_packages_side_by_side_in_one_installation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both = install("ham", "1.2", spam="3.0")

    assert both.versions == {"node": "22", "ham": "1.2", "spam": "3.0"}
    assert installations(tmp_path) == ["ham-1.2-spam-3.0-node-22"]
    assert capsys.readouterr().out == "installing node@22 and ham@1.2 and spam@3.0 from npm\n"


def test_its_folder_is_the_same_wherever_a_command_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(HOME_VARIABLE, "home")

    assert installation_of("ham", "1.2").folder == tmp_path / "home" / "ham-1.2-node-22"


def test_an_installation_that_failed_leaves_nothing(npm_fails: Path, tmp_path: Path) -> None:
    npm_fails.touch()

    with pytest.raises(Exception, match="returned non-zero exit status 1"):
        install("ham", "1.2")

    assert not installations(tmp_path)


@pytest.mark.usefixtures("npm_fails")
@pytest.mark.parametrize("lost", [".package-lock.json", "ham", ".bin/node"])
def test_what_is_not_whole_is_installed_again(lost: str) -> None:
    half = install("ham", "1.2")
    path = half.folder / "node_modules" / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    assert not half.is_whole()

    assert install("ham", "1.2").is_whole()


@pytest.mark.usefixtures("npm_fails")
def test_its_commands_come_before_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin")
    installation = install("ham", "1.2")
    own = installation.folder / "node_modules" / ".bin"

    assert installation.environment["PATH"].split(":") == [str(own), "/usr/bin"]
    assert installation.command("node") == str(own / "node")


def test_without_npm_it_is_said_where_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))
    monkeypatch.setenv(HOME_VARIABLE, str(tmp_path / "home"))

    with pytest.raises(RuntimeError, match=r"^no npm in .*: the dependency group node brings it$"):
        install("ham", "1.2")


def test_a_command_that_was_not_installed(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"^no cheese in "):
        Installation(tmp_path, ("ham",)).command("cheese")
