"""Suites that a test runs with `pytester`: how, and what pytest told of them."""

from __future__ import annotations

__all__ = ("ASYNCIO", "failures_in")

import re

import pytest

ASYNCIO = ("-o", "asyncio_mode=auto", "-o", "asyncio_default_fixture_loop_scope=function")
"""The options under which pytest-asyncio runs a suite's async tests."""


def failures_in(result: pytest.RunResult) -> dict[str, list[str]]:
    """What is told of each test that failed, by the test's name or the heading it stands under."""
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in result.outlines:
        heading = re.fullmatch(r"([_=-])\1+ (.+?) \1+", line)
        if heading and heading[1] == "_":
            lines = found.setdefault(heading[2], [])
        elif heading and heading[1] == "=":
            lines = []
        else:
            lines.append(f"-- {heading[2]} --" if heading else line)
    return found
