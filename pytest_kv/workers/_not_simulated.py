"""What is said of a name that is not simulated."""

from __future__ import annotations

__all__ = ("names_of", "not_simulated")

import sys
from collections.abc import Callable, Mapping
from dis import opmap

# A failing test's traceback ends at the line of the Worker.
__tracebackhide__ = True


def not_simulated(name: str) -> str:
    """The sentence for a name of the runtime that is not there."""
    return (
        f"{name} is not simulated by pytest-kv, which has what a Worker with KV needs; "
        "put a stand-in of your own there in the test, or ask for it in pytest-kv's issues"
    )


def names_of(
    module: str, computed: Mapping[str, Callable[[], object]], absent: Mapping[str, str]
) -> Callable[[str], object]:
    """A module's ``__getattr__``: its computed names, and a sentence for every other name.

    ``absent`` has the sentences for names that are not there in production either.

    ``from module import name`` makes an ImportError with words of its own of any AttributeError, so
    that statement gets an ImportError with the sentence.
    """

    def __getattr__(name: str) -> object:
        if name in computed:
            return computed[name]()
        told = absent.get(name) or not_simulated(f"{module}.{name}")
        # Python and its tools ask each module for names such as __path__ and __wrapped__.
        if not name.startswith("__") and _is_from_import():
            raise ImportError(told, name=module)
        raise AttributeError(told, name=name)

    return __getattr__


def _is_from_import() -> bool:
    caller = sys._getframe(2)
    return caller.f_code.co_code[caller.f_lasti] == opmap["IMPORT_FROM"]
