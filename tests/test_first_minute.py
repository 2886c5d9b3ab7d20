"""README's first test, in an empty folder with what README says and nothing else."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tests.helpers.documentation import ROOT

README = [
    token
    for token in MarkdownIt().parse((ROOT / "README.md").read_text(encoding="utf-8"))
    if token.type == "fence"
]
INI, SUITE, *_ = (token.content for token in README if token.info in {"ini", "python"})
FAILURE, CALLS, *_ = (token.content for token in README if token.info == "text")


@pytest.fixture
def empty_folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with nothing in it, and no variable that configures pytest."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert list(pytester.path.iterdir()) == []
    return pytester


def save(folder: pytest.Pytester, suite: str, ini: str = "") -> None:
    (folder.path / "test_sessions.py").write_text(suite, encoding="utf-8")
    if ini:
        (folder.path / "pytest.ini").write_text(ini, encoding="utf-8")


def test_the_first_test_runs_with_pytest_asyncio(empty_folder: pytest.Pytester) -> None:
    save(empty_folder, SUITE, INI)

    empty_folder.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_first_test_runs_with_anyio_alone(empty_folder: pytest.Pytester) -> None:
    marked = SUITE.replace("async def test_", "@pytest.mark.anyio\nasync def test_")
    save(empty_folder, f"import pytest\n{marked}")

    result = empty_folder.runpytest_subprocess("-p", "no:asyncio")

    # anyio runs a test once with asyncio and once with trio, which is installed here.
    result.assert_outcomes(passed=2)


def test_the_first_failure_is_what_readme_shows(empty_folder: pytest.Pytester) -> None:
    assert 'f"session:{session_id}"' in SUITE
    save(empty_folder, SUITE.replace('f"session:', 'f"session:0'), INI)

    result = empty_folder.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(FAILURE.splitlines(), consecutive=True)
    result.stdout.fnmatch_lines(CALLS.splitlines(), consecutive=True)
