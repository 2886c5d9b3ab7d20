"""A simulated Cloudflare account, as a test holds it."""

from __future__ import annotations

__all__ = ("KVAccount",)

from collections.abc import Mapping
from math import inf
from numbers import Real
from typing import TYPE_CHECKING

from pytest_kv._binding.namespace import KVNamespace
from pytest_kv._core.account import Account
from pytest_kv._core.arguments import check_type
from pytest_kv._core.clock import KVClock
from pytest_kv._core.faults import CallFault, Delay, FaultKind
from pytest_kv._core.journal import Call, Operation, RestOperation
from pytest_kv._core.limits import Limits
from pytest_kv._core.namespace import MODES, Mode, Namespace
from pytest_kv._core.rules import Refused
from pytest_kv._core.text import key_list, nearest, plural, shortened
from pytest_kv._core.views import LiveView

# A failing test's traceback ends at the caller's line.
__tracebackhide__ = True

DEFAULT_TITLE = "KV"
"""The title of an account's first namespace if none is given; a Worker has it as ``env.KV``."""

_SWITCHES = ("page_size", "tombstones", "write_limit", "request_limit")


class KVAccount:
    """One simulated account, which begins with one namespace; two accounts share nothing.

    ``id`` and ``namespace_id`` are 32 hex digits and are drawn from ``seed`` unless given. The
    account accepts any credentials unless ``api_token`` is given; then it accepts only this token
    and answers others with KV's 403. ``limits`` replaces KV's limits; ``clock`` lets several
    accounts share one time.

    What only production does is off until a test asks for it (docs/production.md). A test *plans a
    fault*; a fault *strikes* calls of one operation, over either face. ``after`` calls pass first,
    then ``times`` calls are struck (None: every call). With ``key`` a fault strikes only calls that
    name this key, and passes over others without counting them; a bulk call with the key is struck
    as a whole. With ``done`` a struck call is carried out and only its answer is lost. When several
    faults are due, the one that was planned first
    strikes. An operation is a name of :attr:`pytest_kv.Call.operation`; the methods that plan a
    fault raise ValueError for another name. A test that uses the fixtures fails when a fault that
    it planned did not strike.

    Raises ValueError for an id of another form and for a title that KV would refuse, and TypeError
    for a seed or limits of another type.
    """

    def __init__(
        self,
        *,
        id: str | None = None,
        namespace_id: str | None = None,
        title: str | None = None,
        api_token: str | None = None,
        clock: KVClock | None = None,
        seed: int = 0,
        limits: Limits | None = None,
    ) -> None:
        check_type("seed", seed, int, "a whole number")
        if limits is not None:
            check_type("limits", limits, Limits, "Limits(…), such as Limits(bulk_items=2)")
        self._core = Account(id=id, api_token=api_token, clock=clock, seed=seed, limits=limits)
        self._handles: dict[str, KVNamespace] = {}
        self.default_namespace: KVNamespace = self.create_namespace(
            DEFAULT_TITLE if title is None else title, id=namespace_id
        )
        """The namespace of ``kv_namespace`` and ``kv_api.namespace``."""
        self._first = self.default_namespace
        self._core.note_beginning()

    @classmethod
    def _of(cls, core: Account) -> KVAccount:
        """The account with this state; a test may hold only a namespace of it."""
        account = cls.__new__(cls)
        account._core = core
        account._handles = {}
        return account

    if TYPE_CHECKING:
        pass  # A type checker reports these names by itself.
    else:

        def __setattr__(self, name: str, value: object) -> None:
            is_known = name == "default_namespace" or hasattr(type(self), name)
            # A class of the suite's own may have more attributes.
            if type(self) is KVAccount and not is_known and not name.startswith("_"):
                switches = next(iter(nearest(name, _SWITCHES)), None) or ", ".join(_SWITCHES)
                raise AttributeError(
                    f"'KVAccount' object has no attribute {name!r}; a test can set {switches}"
                )
            super().__setattr__(name, value)

    def __repr__(self) -> str:
        return f"<KVAccount {self.id} with {plural(len(self.namespaces), 'namespace')}>"

    @property
    def id(self) -> str:
        """The account's id, 32 hex digits."""
        return self._core.id

    @property
    def api_token(self) -> str:
        """An API token that the account accepts; it is made up and opens nothing."""
        return self._core.api_token

    @property
    def clock(self) -> KVClock:
        """The account's clock."""
        return self._core.clock

    @property
    def calls(self) -> list[Call]:
        """Every call on this account so far, over either face, in order."""
        return list(self._core.journal)

    @property
    def namespaces(self) -> Mapping[str, KVNamespace]:
        """The namespaces by id, also those made over REST; a read-only view that stays current."""
        return _Namespaces(self)

    def reset(self) -> None:
        """Make the account as it began: the same ids, its first namespaces without keys, no calls.

        Planned faults are forgotten and every switch is off. If a fixture of a wider scope
        planned a fault that did not strike until then, the fixture fails. The clock is as it began
        too, unless ``clock`` was given. A namespace object that a test or an app holds stays
        usable.
        """
        with self._core.lock:
            self._core.reset()
            self.default_namespace = self._first

    def create_namespace(
        self, title: str, *, id: str | None = None, mode: Mode = "classic"
    ) -> KVNamespace:
        """Make an empty namespace; ValueError for a title, an id or a mode that KV would refuse.

        ``mode="instant"`` makes a KV Instant namespace (D): keys of 300 bytes, values of 1 MB,
        10,000 keys, no metadata, ``list`` without pages, and with :attr:`write_limit` one write a
        second to the whole namespace.
        """
        if mode not in MODES:
            raise ValueError(f"a namespace is {' or '.join(map(repr, MODES))}, not {mode!r}")
        with self._core.lock:
            try:
                namespace = self._core.create_namespace(title, id=id, mode=mode)
            except Refused as refused:
                told = f"KV would not create a namespace {shortened(title, 80)}: {refused.text}"
                raise ValueError(told) from None
            return self._handle(namespace)

    def remove_namespace(self, id: str) -> None:
        """Remove a namespace and all its keys; KeyError when there is none with this id."""
        with self._core.lock:
            if id not in self._core.namespaces:
                raise self._unknown(id)
            self._core.remove_namespace(id)

    def namespace(self, id_or_title: str) -> KVNamespace:
        """The namespace with this id or title; KeyError, naming the others, when there is none."""
        with self._core.lock:
            for namespace in self._core.namespaces.values():
                if id_or_title in (namespace.id, namespace.title):
                    return self._handle(namespace)
            raise self._unknown(id_or_title)

    # What only production does.

    @property
    def page_size(self) -> int | None:
        """The most names on a page of ``list``, however high the limit (D); None for no maximum.

        Raises ValueError when it is set to less than 1.
        """
        return self._core.switches.page_size

    @page_size.setter
    def page_size(self, names: int | None) -> None:
        _check_number("page_size", names)
        if names is not None and names < 1:
            raise ValueError(f"a page holds one name or more, not {names}")
        self._core.switches.page_size = names

    @property
    def tombstones(self) -> bool:
        """Whether names that were deleted or have expired still take room on pages of ``list`` (D).

        Keys that were deleted before it was switched on leave no tombstone.
        """
        return self._core.switches.tombstones

    @tombstones.setter
    def tombstones(self, on: bool) -> None:
        _check_bool("tombstones", on)
        self._core.switches.tombstones = on

    @property
    def write_limit(self) -> bool:
        """Whether KV refuses a second write to a key within a second with a 429 (D)."""
        return self._core.switches.write_limit

    @write_limit.setter
    def write_limit(self, on: bool) -> None:
        _check_bool("write_limit", on)
        self._core.switches.write_limit = on

    @property
    def request_limit(self) -> int | None:
        """How many REST requests KV takes in 5 minutes before it answers all with a 429 (D).

        True stands for production's 1,200, and for no more than 200 in a second besides; None and
        False for no limit. With a limit KV's answers tell how many requests are left.

        Raises ValueError when it is set to less than 0.
        """
        return self._core.switches.request_limit

    @request_limit.setter
    def request_limit(self, requests: int | bool | None) -> None:
        second_limit = None
        if requests is True:
            limits = self._core.rules.limits
            requests, second_limit = limits.requests, limits.requests_per_second
        elif requests is False:
            requests = None
        _check_number("request_limit", requests)
        if requests is not None and requests < 0:
            raise ValueError(f"a limit is 0 requests or more, not {requests}")
        self._core.switches.request_limit = requests
        self._core.switches.second_limit = second_limit

    def propagate(self) -> None:
        """Empty the cache of every location, so that all see what the central store holds."""
        with self._core.lock:
            self._core.propagate()

    def fail_next(
        self,
        operation: Operation,
        status: int = 500,
        times: int | None = 1,
        *,
        after: int = 0,
        done: bool = False,
        key: str | None = None,
        code: int | None = None,
        message: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Answer with an HTTP error: a KVError through the binding, the envelope over REST.

        ``message`` replaces the usual words, ``code`` the usual code of REST. A 429 over REST tells
        the client to wait ``retry_after`` seconds, 0 unless given. Raises ValueError for a status
        outside 400 to 599.
        """
        check_type("status", status, int, "a whole number")
        if not 400 <= status <= 599:
            raise ValueError(f"an error has a status from 400 to 599, not {status}")
        self._core.faults.add(
            CallFault(
                operation=operation,
                kind=FaultKind.STATUS,
                status=status,
                times=times,
                after=after,
                key=key,
                done=done,
                code=code,
                message=message,
                retry_after=retry_after,
            )
        )

    def refuse_next(
        self,
        operation: RestOperation,
        times: int | None = 1,
        *,
        after: int = 0,
        key: str | None = None,
        code: int | None = None,
        message: str | None = None,
    ) -> None:
        """Answer a REST request with 200 and ``success`` false, and do nothing (R)."""
        self._core.faults.add(
            CallFault(
                operation=operation,
                kind=FaultKind.UNSUCCESSFUL,
                times=times,
                after=after,
                key=key,
                code=code,
                message=message,
            )
        )

    def drop_next(
        self,
        operation: Operation,
        times: int | None = 1,
        *,
        after: int = 0,
        done: bool = False,
        key: str | None = None,
    ) -> None:
        """Close the connection without an answer, at once."""
        self._core.faults.add(
            CallFault(
                operation=operation,
                kind=FaultKind.DROPPED,
                times=times,
                after=after,
                key=key,
                done=done,
            )
        )

    def time_out_next(
        self,
        operation: Operation,
        times: int | None = 1,
        *,
        after: int = 0,
        done: bool = False,
        key: str | None = None,
    ) -> None:
        """Give no answer in time.

        Through ``kv_api`` and the binding the error comes at once; with ``kv_server`` the client's
        own timeout has to pass.
        """
        self._core.faults.add(
            CallFault(
                operation=operation,
                kind=FaultKind.TIMED_OUT,
                times=times,
                after=after,
                key=key,
                done=done,
            )
        )

    def delay_next(
        self,
        operation: Operation,
        seconds: float,
        *,
        times: int | None = 1,
        after: int = 0,
        key: str | None = None,
    ) -> None:
        """Let the call take ``seconds`` on the account's clock; nothing sleeps.

        KV carries the call out, and its answer comes late: the clock advances before the caller
        gets it. Through ``kv_api`` an httpx client whose read timeout is shorter gets ReadTimeout
        when that time has passed. ``kv_server`` does not know a client's timeout and answers at
        once. A delay strikes beside another fault.

        Raises ValueError for less than 0 seconds and for a number that is not finite.
        """
        check_type("seconds", seconds, Real, "a number")
        if not 0 <= seconds < inf:
            raise ValueError(f"a call takes 0 seconds or more, not {seconds!r}")
        self._core.faults.add(
            Delay(operation=operation, seconds=seconds, times=times, after=after, key=key)
        )

    def fail_keys(self, *keys: str, times: int | None = 1) -> None:
        """Leave these keys undone in the next bulk write or delete, as ``unsuccessful_keys`` (D).

        Raises TypeError for a key that is not a str, and without a key.
        """
        if not keys:
            raise TypeError("fail_keys() needs a key name")
        for key in keys:
            if not isinstance(key, str):
                hint = "; write fail_keys(*keys)" if isinstance(key, list | tuple | set) else ""
                raise TypeError(f"fail_keys() takes key names, each a str, not {key!r}{hint}")
        self._core.faults.add_for_keys(keys, times)

    def stop_after(self, calls: int | None) -> None:
        """Stop a client that makes more than ``calls`` calls from now on, such as one that loops.

        The next call raises :class:`pytest_kv.TooManyCalls`, which is no Exception, because clients
        catch those and try again. None lets any number pass. Raises ValueError for less than 0.
        """
        _check_number("calls", calls)
        if calls is not None and calls < 0:
            raise ValueError(f"a client is stopped after 0 calls or more, not {calls}")
        self._core.faults.stop_after(calls)

    def assert_all_faults_fired(self) -> None:
        """Every planned fault struck as often as planned; AssertionError names those that did not.

        The fixtures check this when a test has passed, ``mock_api`` and ``serve`` at the end of
        their blocks.
        """
        missed = self._core.faults.missed()
        if missed:
            raise AssertionError(missed)

    def _unknown(self, id_or_title: str) -> KeyError:
        known = [f"{n.title} ({n.id})" for n in self._core.namespaces.values()]
        return KeyError(
            f"no namespace {id_or_title!r}; the account has {key_list(known) or 'none'}"
        )

    def _handle(self, namespace: Namespace) -> KVNamespace:
        handle = self._handles.get(namespace.id)
        if handle is None or handle._core is not namespace:
            handle = self._handles[namespace.id] = KVNamespace(self._core, namespace)
        return handle


def _check_bool(name: str, given: object) -> None:
    if not isinstance(given, bool):
        raise TypeError(f"{name} must be True or False, not {given!r:.80}")


def _check_number(name: str, given: object) -> None:
    if given is not None:
        check_type(name, given, int, "a whole number or None")


class _Namespaces(LiveView[str, KVNamespace]):
    def __init__(self, account: KVAccount) -> None:
        self._account = account

    def __getitem__(self, id: str) -> KVNamespace:
        with self._account._core.lock:
            return self._account._handle(self._account._core.namespaces[id])

    def _snapshot(self) -> dict[str, KVNamespace]:
        core = self._account._core
        with core.lock:
            return {id: self._account._handle(found) for id, found in core.namespaces.items()}

    def __repr__(self) -> str:
        return repr(self._snapshot())
