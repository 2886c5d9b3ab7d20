"""Each recipe of docs/scopes.md runs beside xdist and in random order, not only alone."""

from __future__ import annotations

import pytest

from tests.helpers.documentation import ASYNC_TESTS_RUN, ROOT, blocks_of, suite_of

BLOCKS = list(blocks_of(ROOT / "docs" / "scopes.md"))


@pytest.mark.parametrize(
    "options", [("-n", "2"), ("-p", "randomly")], ids=["xdist", "in random order"]
)
def test_the_recipes_run(options: tuple[str, ...], pytester: pytest.Pytester) -> None:
    pytester.makeini(ASYNC_TESTS_RUN)
    for block in BLOCKS:
        (pytester.path / f"test_line_{block.line}.py").write_text(suite_of(block), "utf-8")

    result = pytester.runpytest_subprocess("-W", "error", *options)

    result.assert_outcomes(passed=9)
