"""What each location may see, told from everything that happened: a model that caches nothing."""

from __future__ import annotations

__all__ = ("Chronicle", "Key", "Names", "Sight", "Stored")

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

World = dict[str, "Stored"]


class Stored(NamedTuple):
    """What was written under a key; its expiration is infinite when it stays."""

    value: str
    metadata: object
    expiration: float


class Sight(NamedTuple):
    """What was seen of the keys a question is about, and whether there is no more of them."""

    pairs: tuple[tuple[str, Stored], ...]
    complete: bool = True

    @property
    def only(self) -> Stored | None:
        """What is under the one key that was asked for."""
        return self.pairs[0][1] if self.pairs else None


class Key(NamedTuple):
    """The question what is under one key."""

    name: str

    def is_about(self, name: str) -> bool:
        return name == self.name

    def answered_by(self, world: World) -> Sight:
        return Sight(tuple((name, world[name]) for name in world if name == self.name))


class Names(NamedTuple):
    """The question which keys there are, one page of them."""

    prefix: str
    after: str
    limit: int

    def is_about(self, name: str) -> bool:
        """Any: a location asks anew for every page once it has written anything."""
        return True

    def answered_by(self, world: World) -> Sight:
        names = [name for name in sorted(world) if name.startswith(self.prefix)]
        rest = [name for name in names if name > self.after]
        page = rest[: self.limit]
        return Sight(tuple((name, world[name]) for name in page), complete=page == rest)


Question = Key | Names


@dataclass(frozen=True)
class Written:
    location: str | None
    key: str
    stored: Stored | None


@dataclass(frozen=True)
class Asked:
    time: float
    location: str
    question: Question
    ttl: int
    fetched: Sight | None
    """What the central store said, None when it was not asked."""


@dataclass(frozen=True)
class Propagated:
    pass


@dataclass
class Chronicle:
    """Everything that happened, oldest first; the location None is the central store itself."""

    time: float
    events: list[Written | Asked | Propagated] = field(default_factory=list)

    def world(self) -> World:
        """What the central store holds now: the last thing written under each key."""
        last = {event.key: event.stored for event in self.events if isinstance(event, Written)}
        return {
            key: stored
            for key, stored in last.items()
            if stored is not None and stored.expiration > self.time
        }

    def write(self, location: str | None, key: str, stored: Stored | None) -> None:
        self.events.append(Written(location, key, stored))

    def propagate(self) -> None:
        self.events.append(Propagated())

    def ask(self, location: str | None, question: Question, ttl: int) -> tuple[Sight, str | None]:
        """What is seen from a location now, and whether it had it there."""
        if location is None:
            return question.answered_by(self.world()), None
        remembered = self._remembered(location, question, ttl)
        fetched = question.answered_by(self.world()) if remembered is None else None
        self.events.append(Asked(self.time, location, question, ttl, fetched))
        if remembered is not None:
            return remembered, "HIT"
        return question.answered_by(self.world()), "MISS"

    def _remembered(self, location: str, question: Question, ttl: int) -> Sight | None:
        """What the location last fetched, unless any of the waits asked for since is over."""
        for asked in self._asked_since_own_write(location, question):
            ttl = min(ttl, asked.ttl)
            if asked.fetched is None:
                continue
            expired = any(stored.expiration <= self.time for _, stored in asked.fetched.pairs)
            too_old = self.time - asked.time >= ttl
            return None if expired or too_old else asked.fetched
        return None

    def _asked_since_own_write(self, location: str, question: Question) -> Iterator[Asked]:
        """When the location asked this, latest first, back to when it last had to begin anew."""
        for event in reversed(self.events):
            if isinstance(event, Propagated):
                return
            if isinstance(event, Written):
                if event.location == location and question.is_about(event.key):
                    return
            elif (event.location, event.question) == (location, question):
                yield event
