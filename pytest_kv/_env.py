"""A Worker's ``env``: its bindings, and stand-ins for those of other products."""

from __future__ import annotations

__all__ = ("KVEnv", "OtherBinding")

from collections.abc import Callable
from types import SimpleNamespace
from typing import NoReturn

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True


class KVEnv(SimpleNamespace):
    """What ``kv_env`` is: an attribute for each binding, which a test may replace."""

    __slots__ = ("_missing",)

    _missing: Callable[[str], str]
    """Makes the message about a name that is not bound; a copy of the env lacks this function."""

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__") or name == "_missing":
            raise AttributeError(name)
        missing = getattr(self, "_missing", "{!r} is not bound".format)
        raise AttributeError(missing(name))


class OtherBinding:
    """The binding of a product other than KV: it exists, and every use of it is an error."""

    __slots__ = ("_name", "_product")

    def __init__(self, name: str, product: str) -> None:
        self._name = name
        self._product = product

    def __repr__(self) -> str:
        return f"<kv_env.{self._name}: {self._product}, which pytest-kv does not fake>"

    def __getattr__(self, name: str) -> NoReturn:
        # Python asks for such names by itself, to copy, print or mock an object, and Cloudflare's
        # wrapper of env for the constructor of each binding.
        if name.startswith("_") or name == "constructor":
            raise AttributeError(name)
        self._fail()

    def __call__(self, *_: object, **__: object) -> NoReturn:
        self._fail()

    def __getitem__(self, _: object) -> NoReturn:
        self._fail()

    def __iter__(self) -> NoReturn:
        self._fail()

    def _fail(self) -> NoReturn:
        raise NotImplementedError(
            f"kv_env.{self._name} is a binding of {self._product}, and pytest-kv fakes KV only; "
            f"give the test a fake of your own: kv_env.{self._name} = ..."
        )
