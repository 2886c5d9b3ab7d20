"""Sends a sequence to both sides and finds the first difference that has no known reason."""

from __future__ import annotations

__all__ = ("Comparer", "Difference", "unneeded_exclusions")

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from tests.explorer.answers import Answer, Exchange
from tests.explorer.calls import Call, Sequence
from tests.explorer.exclusions import EXCLUSIONS, Exclusion
from tests.explorer.sides import Side

T = TypeVar("T")

_MOST_TRIES = 10
_MOST_NAMES = 100
_NAMESPACES = ("{ns}", "{other}")


@dataclass(frozen=True, slots=True)
class Difference:
    """The first call of a sequence to which the two sides give different answers."""

    sequence: Sequence
    exchange: Exchange

    @property
    def sent(self) -> Sequence:
        """The calls up to the one that differs."""
        return Sequence((*self.exchange.before, self.exchange.call))

    def is_like(self, other: Difference) -> bool:
        """Whether the same operation differs, and in the same two statuses."""
        return self._kind == other._kind

    @property
    def _kind(self) -> tuple[object, ...]:
        exchange = self.exchange
        statuses = exchange.explorer.status, exchange.fake.status
        return exchange.call.operation, statuses

    def __str__(self) -> str:
        lines = [f"    {Sequence.of(call).command[1:-1]}" for call in self.sent.calls]
        lines += [f"explorer: {self.exchange.explorer}", f"fake:     {self.exchange.fake}"]
        return "\n".join(lines)


class _SecondChanged(Exception):
    """The clock's second changed during a call with an expiration."""


class Comparer:
    """Compares sequences, and counts calls and how often each exclusion applied."""

    def __init__(self, explorer: Side, fake: Side) -> None:
        self._explorer, self._fake = explorer, fake
        self.calls = 0
        self.applied: Counter[str] = Counter()

    def compare(self, sequence: Sequence) -> Difference | None:
        """The first difference, if any.

        The sequence ends early when a difference is excluded after which the sides have other keys.
        """
        return _within_seconds(lambda: self._compare(sequence))

    def exchanges(self, sequence: Sequence) -> list[Exchange]:
        """Each call with both answers; then each namespace's names, with their values."""
        return _within_seconds(lambda: list(self._exchanges(sequence)))

    def _exchanges(self, sequence: Sequence) -> Iterator[Exchange]:
        self._explorer.begin()
        self._fake.begin()
        sender = _Sender(self._explorer, self._fake)
        yield from map(sender.ask, sequence.calls)
        for namespace in _NAMESPACES:
            if namespace == _NAMESPACES[0] or sequence.mentions(namespace):
                yield (listed := sender.ask(Call("GET", (namespace, "keys"))))
                names = [entry["name"] for entry in listed.fake.result or ()]
                body = {"json": {"keys": names[:_MOST_NAMES]}}
                if names:
                    yield sender.ask(Call("POST", (namespace, "bulk", "get"), body=body))

    def _compare(self, sequence: Sequence) -> Difference | None:
        for exchange in self._exchanges(sequence):
            self.calls += 1
            rest, applied = without_exclusions(exchange, EXCLUSIONS)
            self.applied.update(exclusion.name for exclusion in applied)
            if not rest.is_same:
                return Difference(sequence, exchange)
            if applied and exchange.leaves_a_difference:
                break
        return None


def _within_seconds(send: Callable[[], T]) -> T:
    """Call `send`; call it again if the second changed during a call with an expiration."""
    for _ in range(_MOST_TRIES):
        try:
            return send()
        except _SecondChanged:
            continue
    raise RuntimeError("a call does not fit into one second")


class _Sender:
    """Asks both sides, and keeps each side's cursor."""

    def __init__(self, explorer: Side, fake: Side) -> None:
        self._explorer, self._fake = explorer, fake
        self._cursors: dict[Side, str] = {explorer: "", fake: ""}
        self._before: list[Call] = []

    def ask(self, call: Call) -> Exchange:
        now = int(time.time())
        self._explorer.set_clock(now)
        self._fake.set_clock(now)
        explorer, fake = (
            side.ask(call.request(now, self._cursors[side]))
            for side in (self._explorer, self._fake)
        )
        if int(time.time()) != now and call.mentions("expiration"):
            raise _SecondChanged
        if call.method == "GET" and call.shape == "/{ns}/keys":
            self._keep_cursor(self._explorer, explorer)
            self._keep_cursor(self._fake, fake)
        exchange = Exchange(call, explorer, fake, tuple(self._before))
        self._before.append(call)
        return exchange

    def _keep_cursor(self, side: Side, answer: Answer) -> None:
        if answer.is_success:
            self._cursors[side] = answer.body["result_info"]["cursor"]


def without_exclusions(
    exchange: Exchange, exclusions: tuple[Exclusion, ...]
) -> tuple[Exchange, list[Exclusion]]:
    """The exchange without its known differences, and the exclusions that removed them.

    An exclusion applies only if it removes a difference, and none removes a dropped connection.
    """
    applied: list[Exclusion] = []
    if exchange.fake.is_dropped:
        return exchange, applied
    for exclusion in exclusions:
        if exchange.is_same:
            break
        masked = exclusion.mask(exchange)
        if masked is not exchange:
            applied.append(exclusion)
            exchange = masked
    return exchange, applied


def unneeded_exclusions(comparer: Comparer) -> list[str]:
    """The exclusions that do not apply to their own examples."""
    unneeded = []
    for exclusion in EXCLUSIONS:
        comparer.applied.clear()
        comparer.compare(exclusion.example)
        if exclusion.name not in comparer.applied:
            unneeded.append(exclusion.name)
    return unneeded
