"""The cursors of ``list``: a name in base64, which callers must not rely on."""

from __future__ import annotations

__all__ = ("decode_cursor", "encode_cursor")

import re
from base64 import b64decode, b64encode

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/_-]")


def encode_cursor(name: str) -> str:
    """A cursor that marks ``name`` as the last one returned (O)."""
    return b64encode(name.encode()).decode()


def decode_cursor(cursor: str) -> str:
    """The name after which the page of this cursor starts; any text is a cursor.

    KV promises nothing about a cursor that it did not give out. workerd's simulator reads any text
    as lenient base64: it takes the low byte of each UTF-16 code unit up to the first ``=`` and
    skips unknown characters (O). The REST face does the same (I).
    """
    as_in_a_url = re.sub("[\ud800-\udfff]", "\ufffd", cursor)
    low_bytes = as_in_a_url.encode("utf-16-le")[::2]
    digits = _NOT_BASE64.sub(b"", low_bytes.split(b"=")[0]).replace(b"-", b"+").replace(b"_", b"/")
    if len(digits) % 4 == 1:
        digits = digits[:-1]
    # More padding than is needed does no harm.
    return b64decode(digits + b"==").decode(errors="replace")
