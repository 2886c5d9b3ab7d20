"""What is installed: metadata, contents, the entry point, and how little it imports."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from importlib.metadata import Distribution, distribution, entry_points
from pathlib import Path

import pytest

import pytest_kv

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"

LOADED_ON_FIRST_USE = (
    "hypothesis",
    "respx",
    "httpx",
    "h11",
    "sortedcontainers",
    "python_multipart",
    "json5",
    "pytest_kv._wrangler",
)
PRINT_LOADED = f"""
import sys

def print_loaded():
    print("loaded:", sorted(set(sys.modules) & set({LOADED_ON_FIRST_USE!r})))
"""


@pytest.fixture
def wheel() -> Distribution:
    """The installed wheel's metadata; skips where an editable install has no files of its own."""
    installed = distribution("pytest-kv")
    if any(file.suffix == ".pth" for file in installed.files or ()):
        pytest.skip("an editable install has no files of its own")
    return installed


def test_pytest_finds_the_plugin_under_the_name_kv() -> None:
    (plugin,) = entry_points(group="pytest11", name="kv")

    assert plugin.value == "pytest_kv.plugin"


def test_metadata_is_that_of_pyproject() -> None:
    project = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["project"]
    metadata = distribution("pytest-kv").metadata

    assert metadata["Version"] == project["version"]
    assert metadata["Requires-Python"] == project["requires-python"]
    assert metadata["License-Expression"] == "MIT"


def test_the_environment_of_the_oldest_versions_has_each_lower_bound() -> None:
    pyproject = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))
    pinned = {item for item in pyproject["dependency-groups"]["oldest"] if isinstance(item, str)}

    bounds = {bound.replace(">=", "==") for bound in pyproject["project"]["dependencies"]}
    assert bounds - pinned == set()


def test_the_tests_import_the_installed_wheel(wheel: Distribution) -> None:
    assert Path(pytest_kv.__file__) == Path(str(wheel.locate_file("pytest_kv/__init__.py")))


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Distribution) -> None:
    assert wheel.files is not None

    # The installer makes the command, in a folder beside the packages.
    command = {file for file in wheel.files if file.stem == "pytest-kv"}
    folders = {file.parts[0] for file in wheel.files if file not in command}
    assert folders == {"pytest_kv", f"pytest_kv-{wheel.version}.dist-info"}


def test_type_checkers_are_told_to_read_the_annotations(wheel: Distribution) -> None:
    assert Path(str(wheel.locate_file("pytest_kv/py.typed"))).is_file()


@pytest.mark.parametrize("module", ["pytest_kv", "pytest_kv.plugin"])
def test_importing_loads_nothing_that_only_a_fixture_needs(module: str) -> None:
    script = f"{PRINT_LOADED}\nimport {module}\nprint_loaded()"
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False
    )

    assert (run.stdout, run.stderr) == ("loaded: []\n", "")


def test_a_suite_without_our_fixtures_loads_nothing_that_only_they_need(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makeconftest(f"{PRINT_LOADED}\ndef pytest_unconfigure():\n    print_loaded()")
    pytester.makepyfile("def test_passes(): pass\ndef test_fails(): assert False")

    result = pytester.runpytest_subprocess("-p", "kv")

    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["loaded: []"])


def test_a_suite_in_an_empty_folder_has_the_fixtures(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        from urllib.request import ProxyHandler, Request, build_opener

        def test_one_account_behind_both_faces(kv_namespace, kv_api):
            kv_namespace.seed({"greeting": "hello"})
            assert kv_api.namespace.data["greeting"].text == "hello"

        def test_an_answer_over_http(kv_server):
            url = f"{kv_server.base_url}/accounts/{kv_server.account_id}/storage/kv/namespaces"
            headers = {"Authorization": f"Bearer {kv_server.api_token}"}
            with build_opener(ProxyHandler({})).open(Request(url, headers=headers)) as answer:
                assert kv_server.namespace_id in answer.read().decode()
        """
    )

    result = pytester.runpytest_subprocess("-p", "no:asyncio", "-W", "error")

    result.assert_outcomes(passed=2)
