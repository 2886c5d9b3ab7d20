"""What workerd does otherwise since the release that the cases were recorded on.

The fake stays with the recorded release until npm calls a newer one its latest; a run on a newer
one, ``--miniflare 5.20261117.0-beta``, leaves out what is listed here and so finds what is new.
"""

from __future__ import annotations

__all__ = ("is_known",)

import json
import re

from tests.oracle.compare import Difference

_MISSING_VALUE = ("string or JsObject", "string or Object")
"""The type of a value that `put` was not given, in the words of both (1.20261117.1)."""

_OUT_OF_RANGE = "Value out of range. Must be between"
_CUT_INTO_RANGE = re.compile(r"(?<!\d)(2147483647|-2147483648)\.\d")
"""Numbers that are in range once they are truncated, which is done first (1.20261117.1)."""


def is_known(difference: Difference) -> bool:
    """Whether a newer runtime is known to answer a call like this one otherwise."""
    real, fake, call = map(
        json.dumps, (difference.real, difference.fake, difference.call.to_json())
    )
    if _OUT_OF_RANGE in fake:
        return _CUT_INTO_RANGE.search(call) is not None
    recorded, later = _MISSING_VALUE
    return fake == real.replace(later, recorded)
