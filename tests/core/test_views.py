"""A view follows every change, and a walk over it sees one moment."""

from __future__ import annotations

import pytest

from pytest_kv._core.views import LiveView


class View(LiveView[str, int]):
    """A view of a dict."""

    def __init__(self, source: dict[str, int]) -> None:
        self._source = source

    def __getitem__(self, key: str) -> int:
        return self._source[key]

    def _snapshot(self) -> dict[str, int]:
        return dict(self._source)


@pytest.fixture
def source() -> dict[str, int]:
    return {"a": 1, "b": 2}


@pytest.fixture
def view(source: dict[str, int]) -> View:
    return View(source)


def test_a_view_is_what_there_is(view: View) -> None:
    assert view == {"a": 1, "b": 2}
    assert dict(view) == {"a": 1, "b": 2}
    assert list(view) == list(view.keys()) == ["a", "b"]
    assert list(view.items()) == [("a", 1), ("b", 2)]
    assert list(view.values()) == [1, 2]
    assert (len(view), len(view.items()), len(view.values())) == (2, 2, 2)


def test_membership_is_that_of_a_dict(view: View) -> None:
    assert "a" in view
    assert "c" not in view
    assert ("a", 1) in view.items()
    assert ("a", 2) not in view.items()
    assert 2 in view.values()
    assert 3 not in view.values()


def test_each_of_its_parts_follows_every_change(view: View, source: dict[str, int]) -> None:
    keys, items, values = view.keys(), view.items(), view.values()

    source["c"] = 3

    assert (list(keys), list(items)[-1], list(values)[-1]) == (["a", "b", "c"], ("c", 3), 3)


@pytest.mark.parametrize("part", ["keys", "items", "values"])
def test_a_walk_sees_one_moment(part: str, view: View, source: dict[str, int]) -> None:
    seen = 0
    for _ in getattr(view, part)():
        seen += 1
        source[f"new {seen}"] = 0
        source.pop("b", None)

    assert seen == 2
    assert list(source) == ["a", "new 1", "new 2"]
