"""Names as KV takes them, and texts of a length that is known in bytes of UTF-8."""

from __future__ import annotations

__all__ = ("close_names", "names", "texts_of_bytes")

from hypothesis import strategies as st

_FOUR, _THREE, _TWO, _ONE = "😀", "€", "é", "x"

any_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
names = any_text.filter(lambda name: name not in (".", ".."))

# UTF-16 would sort the last but one before the others that are not ASCII, as JavaScript does.
close_names = st.text("ab\x00é\uffff😀\ue000", min_size=1, max_size=4)
"""Names so alike that they meet, are prefixes of one another and tell orders of sorting apart."""


@st.composite
def texts_of_bytes(draw: st.DrawFn, length: int) -> str:
    """Texts of exactly `length` bytes of UTF-8, in characters of one to four bytes."""
    text = ""
    for character, size in ((_FOUR, 4), (_THREE, 3), (_TWO, 2)):
        most = (length - len(text.encode())) // size
        text += character * draw(st.integers(0, most))
    return text + _ONE * (length - len(text.encode()))
