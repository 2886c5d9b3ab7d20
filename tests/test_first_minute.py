"""README's first test, in an empty folder with what README says and nothing else."""

from __future__ import annotations

import pytest
from markdown_it import MarkdownIt

from tests.helpers.documentation import ROOT, files_of

README = ROOT / "README.md"
FILES = files_of(README)
FAILURE, CALLS, *_ = (
    token.content
    for token in MarkdownIt().parse(README.read_text(encoding="utf-8"))
    if token.type == "fence" and token.info == "text"
)


@pytest.fixture
def empty_folder(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A folder with nothing in it, and no variable that configures pytest."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    assert list(pytester.path.iterdir()) == []
    return pytester


def save(folder: pytest.Pytester, **replaced: str) -> None:
    """Save README's files; each of ``replaced`` is a file without its ending."""
    for name, content in FILES.items():
        content = replaced.get(name.partition(".")[0], content)
        (folder.path / name).write_text(content, encoding="utf-8")


def test_the_first_test_runs_with_pytest_asyncio(empty_folder: pytest.Pytester) -> None:
    save(empty_folder)

    empty_folder.runpytest_subprocess().assert_outcomes(passed=1)


def test_the_first_test_runs_with_anyio_alone(empty_folder: pytest.Pytester) -> None:
    marked = FILES["test_entry.py"].replace(
        "async def test_", "@pytest.mark.anyio\nasync def test_"
    )
    ini = FILES["pytest.ini"].replace("asyncio_mode = auto\n", "")
    save(empty_folder, test_entry=f"import pytest\n{marked}", pytest=ini)

    result = empty_folder.runpytest_subprocess("-p", "no:asyncio")

    # anyio runs a test once with asyncio and once with trio, which is installed here.
    result.assert_outcomes(passed=2)


def test_the_first_failure_is_what_readme_shows(empty_folder: pytest.Pytester) -> None:
    assert 'f"session:{session_id}"' in FILES["entry.py"]
    save(empty_folder, entry=FILES["entry.py"].replace('f"session:', 'f"session:0'))

    result = empty_folder.runpytest_subprocess()

    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(FAILURE.splitlines(), consecutive=True)
    result.stdout.fnmatch_lines(CALLS.splitlines(), consecutive=True)
