"""Strategies for JSON values and texts that Python and JavaScript agree on."""

from __future__ import annotations

__all__ = ("json_texts", "json_values", "scalars", "trees")

import json

from hypothesis import strategies as st

finite_numbers = st.integers(-(2**53) + 2, 2**53 - 2) | st.floats(
    allow_nan=False, allow_infinity=False
)
texts = st.text(st.characters(exclude_categories=["Cs"]))


def trees(leaves: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    names = texts | st.from_regex(r"[0-9]{1,3}", fullmatch=True)
    return st.recursive(
        leaves,
        lambda children: st.lists(children) | st.dictionaries(names, children),
        max_leaves=10,
    )


scalars = st.none() | st.booleans() | texts
json_values = trees(scalars | finite_numbers)
json_texts = st.builds(
    lambda value, indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only),
    json_values,
    st.sampled_from([None, 0, 2, "\t"]),
    st.booleans(),
)
