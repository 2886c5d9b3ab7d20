"""One simulated account: its credentials, its namespaces and everything they share."""

from __future__ import annotations

__all__ = ("Account", "hex_id")

import re
from random import Random
from threading import RLock

from pytest_kv._core.clock import KVClock
from pytest_kv._core.fault_plan import FaultPlan
from pytest_kv._core.journal import Journal
from pytest_kv._core.limits import Limits
from pytest_kv._core.locations import Location
from pytest_kv._core.namespace import Mode, Namespace
from pytest_kv._core.rate_limit import Quota, RateLimit
from pytest_kv._core.rules import InstantRules, Refused, Rule, Rules
from pytest_kv._core.switches import Switches
from pytest_kv._core.uses import note_account

_HEX_ID = re.compile("[0-9a-f]{32}")


def hex_id(text: str) -> bool:
    """Whether ``text`` has the form of an account's or a namespace's id: 32 hex digits (R)."""
    return _HEX_ID.fullmatch(text) is not None


class Account:
    """The state that both faces of one account share; two accounts share nothing.

    Ids are drawn from ``seed``, so that a failing test has the same ids when it runs again.
    """

    def __init__(
        self,
        *,
        id: str | None,
        api_token: str | None,
        clock: KVClock | None,
        seed: int,
        limits: Limits | None,
    ) -> None:
        self.lock: RLock = RLock()
        """Held while the account's state is read or written: a server has many threads."""
        self.seed = seed
        self._random = Random(seed)
        self._drawn: list[int] = []
        self._has_own_clock = clock is None
        self.id: str = self._checked_id(id, "an account")
        self._only_token = api_token
        made_up = f"pytest-kv-token-{self._draw(64):016x}"
        self.api_token: str = made_up if api_token is None else api_token
        self.clock: KVClock = clock or KVClock()
        self.rules: Rules = Rules(limits or Limits())
        instant = InstantRules(self.rules.limits)
        self._rules_of: dict[Mode, Rules] = {"classic": self.rules, "instant": instant}
        self.journal: Journal = Journal()
        self.faults: FaultPlan = FaultPlan(self.lock)
        self.switches: Switches = Switches()
        self.namespaces: dict[str, Namespace] = {}
        self._locations: dict[tuple[Namespace, str], Location] = {}
        self._forget_requests()
        self.note_beginning()
        self.number: int = note_account(self)
        """It grows from account to account."""

    def note_beginning(self) -> None:
        """From now on, :meth:`reset` leads back to the namespaces that there are now."""
        self._began = {namespace: namespace.title for namespace in self.namespaces.values()}
        self._drawn_before = len(self._drawn)

    def reset(self) -> None:
        """Make the account as it began: no keys, no calls, no plans, its first namespaces.

        A clock that several accounts share stays as it is.
        """
        self._random.seed(self.seed)
        del self._drawn[self._drawn_before :]
        for bits in self._drawn:
            self._random.getrandbits(bits)
        for namespace in {**self._began, **dict.fromkeys(self.namespaces.values())}:
            namespace.remove()
        self.namespaces.clear()
        for namespace, title in self._began.items():
            namespace.restore(title)
            self.namespaces[namespace.id] = namespace
        self.propagate()
        self.faults.reset()
        self.switches.turn_off()
        self.journal = Journal()
        self._forget_requests()
        if self._has_own_clock:
            self.clock._reset()

    def clear(self, namespace: Namespace) -> None:
        """Make a namespace empty, and its calls forgotten."""
        namespace.clear()
        self.journal.forget(namespace.id)
        for (seen, _), location in self._locations.items():
            if seen is namespace:
                location.forget()

    def accepts(self, token: str) -> bool:
        """Whether the account accepts ``token``; any is accepted unless one was named."""
        return self._only_token is None or token == self._only_token

    def create_namespace(
        self,
        title: str,
        *,
        id: str | None = None,
        jurisdiction: str | None = None,
        mode: Mode = "classic",
    ) -> Namespace:
        """A new, empty namespace; :class:`Refused` for a bad title or one namespace too many."""
        self.rules.check_title(title, self._titles())
        limit = self.rules.limits.namespaces
        if len(self.namespaces) >= limit:
            raise Refused(Rule.NAMESPACES_TOO_MANY, limit=limit)
        id = self._checked_id(id, "a namespace")
        if id in self.namespaces:
            raise ValueError(f"the account already has a namespace with id {id}")
        namespace = Namespace(
            id,
            title,
            rules=self._rules_of[mode],
            clock=self.clock,
            faults=self.faults,
            switches=self.switches,
            jurisdiction=jurisdiction,
            mode=mode,
        )
        self.namespaces[id] = namespace
        return namespace

    def namespace(self, id: str) -> Namespace:
        """The namespace with this id; :class:`Refused` when there is none."""
        try:
            return self.namespaces[id]
        except KeyError:
            raise Refused(Rule.NAMESPACE_NOT_FOUND) from None

    def rename_namespace(self, id: str, title: str) -> Namespace:
        """Give a namespace a new title, which may be the one it has (I)."""
        namespace = self.namespace(id)
        self.rules.check_title(title, self._titles() - {namespace.title})
        namespace.title = title
        return namespace

    def remove_namespace(self, id: str) -> None:
        """Remove a namespace with all its keys; a new namespace may have its id."""
        self.namespace(id).remove()
        del self.namespaces[id]

    def forget_plans(self) -> None:
        """Forget every planned fault and turn every switch off."""
        self.faults.clear()
        self.switches.turn_off()

    def location(self, namespace: Namespace, name: str) -> Location:
        """The namespace as the location of this name sees it; the same object each time."""
        with self.lock:
            seen = self._locations.get((namespace, name))
            if seen is None:
                seen = self._locations[namespace, name] = Location(namespace, name)
            return seen

    def propagate(self) -> None:
        """Let every location see what the central store holds."""
        for location in self._locations.values():
            location.forget()

    def check_request_rate(self) -> None:
        """Under ``request_limit``, count a REST request; :class:`Refused` for one too many.

        A request that one of the two limits refuses counts for none of them (I).
        """
        if self.switches.request_limit is None:
            return
        now = self.clock.time()
        self._request_rate.check(now, self.switches.request_limit)
        if self.switches.second_limit is not None:
            self._second_rate.check(now, self.switches.second_limit)
            self._second_rate.count(now)
        self._request_rate.count(now)

    def request_quota(self) -> Quota | None:
        """Under ``request_limit``, what is left of it."""
        if self.switches.request_limit is None:
            return None
        return self._request_rate.quota(self.clock.time(), self.switches.request_limit)

    def _forget_requests(self) -> None:
        self._request_rate = RateLimit(self.rules.limits.requests_window_seconds)
        self._second_rate = RateLimit(1)

    def _titles(self) -> set[str]:
        return {namespace.title for namespace in self.namespaces.values()}

    def _draw(self, bits: int) -> int:
        self._drawn.append(bits)
        return self._random.getrandbits(bits)

    def _checked_id(self, id: str | None, what: str) -> str:
        if id is None:
            return f"{self._draw(128):032x}"
        if not hex_id(id):
            raise ValueError(f"the id of {what} must be 32 hex digits in lower case, not {id!r}")
        return id
