"""A block in which an account answers, as ``with`` statement and as decorator."""

from __future__ import annotations

__all__ = ("Block", "check_account")

import inspect
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from copy import copy
from functools import wraps
from types import FunctionType, TracebackType
from typing import TYPE_CHECKING, Any, Generic, NoReturn, TypeVar
from unittest import TestCase

from pytest_kv._account import KVAccount

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

_T = TypeVar("_T")
_Decorated = TypeVar("_Decorated", bound=Callable[..., Any])

_METHODS = (FunctionType, staticmethod, classmethod)
_MARK = "_pytest_kv_block"
"""The attribute by which the plugin knows a function that a block decorates."""

_SHOWN = "new for each example"
"""What Hypothesis shows as the argument of an example, and passes to it."""

_Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def check_account(name: str, account: object) -> None:
    """Raise TypeError for an account that is neither None nor a KVAccount."""
    if account is not None and not isinstance(account, KVAccount):
        hint = f"; as a decorator it has parentheses, @{name}()" if callable(account) else ""
        raise TypeError(f"{name}() takes a KVAccount, not {account!r:.80}{hint}")


class Block(AbstractContextManager[_T], Generic[_T]):
    """A block that opens once as a ``with`` statement, and once for each call as a decorator.

    A decorated function receives what the block gives as its argument ``gives``, if it has this
    argument; an instance of a ``unittest.TestCase`` has it as an attribute. Raises TypeError for
    what it cannot decorate.
    """

    def __init__(
        self, name: str, gives: str, open_block: Callable[[], AbstractContextManager[_T]]
    ) -> None:
        self._name = name
        self._gives = gives
        self._new = open_block
        self._entered: AbstractContextManager[_T] | None = None

    if TYPE_CHECKING:
        pass  # A type checker reports these names by itself.
    else:

        def __getattr__(self, name: str) -> NoReturn:
            # copy() asks for such a name before there is anything else.
            if name.startswith("_"):
                raise AttributeError(name)
            raise AttributeError(
                f"{self._name}() has no attribute {name!r} until it is entered; "
                f"write with {self._name}() as {self._gives}:"
            )

    def __enter__(self) -> _T:
        if self._entered is not None:
            name = self._name
            raise RuntimeError(f"this block was entered before: call {name}() for another one")
        self._entered = self._new()
        return self._entered.__enter__()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool | None:
        __tracebackhide__ = True
        assert self._entered is not None, "it was entered"
        return self._entered.__exit__(kind, error, traceback)

    def __call__(self, decorated: _Decorated) -> _Decorated:
        """Let a test function, or each test of a class, run in a block of its own."""
        if self._entered is not None:
            raise self._wrong(decorated, "this block was entered before; decorate with a new one")
        if not inspect.isclass(decorated):
            around: _Decorated = self._around(decorated)
            return around
        if issubclass(decorated, TestCase):
            self._check_test_case(decorated)
            decorated.run = self._around_run(decorated.run)  # type: ignore[method-assign]  # only it is around setUp
        elif not self._decorate_tests(decorated):
            raise self._wrong(decorated, "the class has no method whose name begins with test")
        return decorated

    def _around(self, function: Any) -> Any:
        """A function that calls ``function`` in a block, and gives it the block's object."""
        if hasattr(getattr(function, "hypothesis", None), "inner_test"):
            call = self._around_examples(function)
        else:
            call = self._in_block(function)
        setattr(call, _MARK, self._name)
        # pytest looks a fixture up for each parameter that is left.
        signature = inspect.signature(function)
        others = [p for name, p in signature.parameters.items() if name != self._gives]
        call.__signature__ = signature.replace(parameters=others)
        return call

    def _in_block(self, function: Any) -> Any:
        if not inspect.isfunction(function):
            raise self._wrong(function, _why_not(function, self._name))
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise self._wrong(
                function,
                f"a generator runs on after the block has ended; write with {self._name}() in it",
            )
        if hasattr(function, "_pytestfixturefunction"):
            raise self._wrong(function, _FIXTURE.format(self._name))
        add = _adding(function, self._gives)

        if inspect.iscoroutinefunction(function):

            @wraps(function)
            async def call_async(*args: Any, **kwargs: Any) -> Any:
                __tracebackhide__ = True
                with self._new() as opened:
                    args, kwargs = add(opened, args, kwargs)
                    return await function(*args, **kwargs)

            return call_async

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            with self._new() as opened:
                args, kwargs = add(opened, args, kwargs)
                return function(*args, **kwargs)

        return call

    def _around_examples(self, test: Any) -> Any:
        """A test of Hypothesis that runs each example in a block of its own."""
        signature = inspect.signature(test)
        add = _adding(test, self._gives)

        @wraps(test)
        def run_examples(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            # Hypothesis reads the test to run and its settings from attributes of ``test``, but
            # decorators and pytest's plugins change those of this wrapper. A class may inherit
            # ``test`` from one that is not decorated, so it gets its own attributes back.
            before = test.__dict__
            test.__dict__ = {**run_examples.__dict__, "__signature__": signature}
            test.__dict__.pop("__wrapped__", None)  # this is ``test`` itself
            try:
                args, kwargs = add(_SHOWN, args, kwargs)
                return test(*args, **kwargs)
            finally:
                test.__dict__ = before

        handle: Any = copy(test.hypothesis)
        handle.inner_test = self._in_block(handle.inner_test)
        vars(run_examples)["hypothesis"] = handle
        return run_examples

    def _decorate_tests(self, class_: type) -> bool:
        """Decorate the tests of a class, inherited ones too; return whether it has any."""
        tests = list(_tests(class_))
        for name, found in tests:
            if isinstance(found, staticmethod | classmethod):
                setattr(class_, name, type(found)(self._around(found.__func__)))
            else:
                setattr(class_, name, self._around(found))
        inner = [
            value
            for name, value in vars(class_).items()
            if name.startswith("Test") and inspect.isclass(value)
        ]
        return bool([value for value in inner if self._decorate_tests(value)] or tests)

    def _check_test_case(self, class_: type[TestCase]) -> None:
        tests = dict(_tests(class_))
        if not tests and not hasattr(class_, "runTest"):
            raise self._wrong(class_, "the class has no method whose name begins with test")
        for name in (*tests, "runTest"):
            self._check_examples(class_, name)
        for name, found in tests.items():
            if inspect.isfunction(found) and self._gives in inspect.signature(found).parameters:
                gives = self._gives
                told = f"a TestCase has self.{gives}; remove the argument {gives} of {name}"
                raise self._wrong(class_, told)

    def _check_examples(self, class_: type[TestCase], name: str) -> None:
        if getattr(getattr(class_, name, None), "is_hypothesis_test", False):
            told = (
                f"the examples of {name} would share one block, because setUp runs once for all of "
                f"them; open a block in each example: with {self._name}() as {self._gives}"
            )
            raise self._wrong(class_, told)

    def _around_run(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """``TestCase.run`` in a block, which includes ``setUp`` and the cleanups."""

        @wraps(run)
        def run_in_block(case: TestCase, result: Any = None) -> Any:
            # A subclass may have tests that the decorated class did not have.
            self._check_examples(type(case), _test_of(case))
            block = self._new()
            setattr(case, self._gives, block.__enter__())
            has_passed = _noting_success(case)
            is_open = True

            def leave() -> None:
                nonlocal is_open
                if is_open:
                    is_open = False
                    if has_passed():
                        block.__exit__(None, None, None)
                    else:
                        block.__exit__(_NotPassed, _NotPassed(), None)

            # A cleanup, because unittest reports its errors; a skipped test runs no cleanups.
            case.addCleanup(leave)
            try:
                return run(case, result)
            finally:
                leave()

        return run_in_block

    def _wrong(self, decorated: object, why: str) -> TypeError:
        named = getattr(decorated, "__qualname__", f"{decorated!r:.80}")
        return TypeError(f"@{self._name}() cannot decorate {named}: {why}")


class _NotPassed(Exception):
    """Tells a block that its test has failed or was skipped."""


def _noting_success(case: TestCase) -> Callable[[], bool]:
    """Tells whether the test method has returned, which unittest's own outcome does not tell."""
    name = _test_of(case)
    method = getattr(case, name)
    passed: list[None] = []

    if inspect.iscoroutinefunction(method):

        @wraps(method)
        async def call_async() -> None:
            await method()
            passed.append(None)

        setattr(case, name, call_async)
    else:

        @wraps(method)
        def call() -> None:
            method()
            passed.append(None)

        setattr(case, name, call)
    return lambda: bool(passed)


def _test_of(case: TestCase) -> str:
    """The name of the method that ``case`` runs."""
    return case.id().rpartition(".")[2]


def _adding(
    function: Any, name: str
) -> Callable[[object, tuple[Any, ...], dict[str, Any]], _Arguments]:
    """How the argument ``name`` is added to those of a call of ``function``, if it has it.

    It is passed by name, as pytest passes a fixture. It is passed by position if an argument after
    it has a position: Hypothesis passes such ones, and ``unittest.mock.patch`` appends its mocks.
    """
    parameters = inspect.signature(function).parameters
    if name not in parameters:
        return lambda _, args, kwargs: (args, kwargs)
    by_name_only = parameters[name].kind is inspect.Parameter.KEYWORD_ONLY
    index = list(parameters).index(name)
    has_mocks = hasattr(function, "patchings")

    def add(value: object, args: tuple[Any, ...], kwargs: dict[str, Any]) -> _Arguments:
        if by_name_only or len(args) + has_mocks <= index:
            return args, {**kwargs, name: value}
        others = {other: given for other, given in kwargs.items() if other != name}
        is_shown = index < len(args) and args[index] is _SHOWN
        return (*args[:index], value, *args[index + is_shown :]), others

    return add


_FIXTURE = "tests use a fixture after the block has ended; write with {0}() in it, and yield"


def _why_not(other: object, name: str) -> str:
    if isinstance(other, staticmethod | classmethod):
        kind = type(other).__name__
        return f"write @{name}() below @{kind}, not above it"
    if type(other).__name__ == "FixtureFunctionDefinition":
        return _FIXTURE.format(name)
    return f"it decorates a function or a class, not {_an(type(other).__name__)}"


def _an(noun: str) -> str:
    return f"{'an' if noun[0].lower() in 'aeiou' else 'a'} {noun}"


def _tests(class_: type) -> Iterator[tuple[str, Any]]:
    """The tests of a class, as it has them in its body or inherits them."""
    for name in dir(class_):
        found = inspect.getattr_static(class_, name)
        if name.startswith("test") and isinstance(found, _METHODS):
            yield name, found
