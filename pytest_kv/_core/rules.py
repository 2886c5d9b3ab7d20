"""The rules of Workers KV: what it refuses, and with which text. Both faces use them.

The texts are KV's own, from workerd (O) or from the REST API (R). The text of a rule marked (I) is
ours, because Cloudflare documents the rule without its text.
"""

from __future__ import annotations

__all__ = ("FORBIDDEN_NAMES", "InstantRules", "Refused", "Rule", "Rules")

from collections.abc import Iterable, Sequence
from dataclasses import replace
from enum import Enum

from pytest_kv._core.limits import Limits

FORBIDDEN_NAMES = frozenset({"", ".", ".."})
"""The three names no key may have (D, O)."""

_LONGEST_CHARACTER_BYTES = 4


class Rule(Enum):
    """A reason to refuse a request: KV's HTTP status and its text."""

    KEY_EMPTY = (400, "Key names must not be empty")
    KEY_DOTS = (400, 'Illegal key name "{key}". Please use a different name.')
    KEY_TOO_LONG = (414, "UTF-8 encoded length of {length} exceeds key length limit of {limit}.")
    KEY_NOT_UNICODE = (400, "Could not URL-decode key name")
    VALUE_TOO_LARGE = (413, "Value length of {length} exceeds limit of {limit}.")
    METADATA_TOO_LARGE = (413, "Metadata length of {length} exceeds limit of {limit}.")
    METADATA_NOT_JSON = (400, "metadata must be valid json")  # (I)
    TTL_NOT_POSITIVE = (
        400,
        "Invalid expiration_ttl of {value}. Please specify integer greater than 0.",
    )
    TTL_TOO_SHORT = (
        400,
        "Invalid expiration_ttl of {value}. Expiration TTL must be at least {limit}.",
    )
    EXPIRATION_PAST = (
        400,
        (
            "Invalid expiration of {value}. Please specify integer greater than the current "
            "number of seconds since the UNIX epoch."
        ),
    )
    EXPIRATION_TOO_SOON = (
        400,
        (
            "Invalid expiration of {value}. Expiration times must be at least {limit} seconds "
            "in the future."
        ),
    )
    CACHE_TTL_TOO_SHORT = (
        400,
        "Invalid cache_ttl of {value}. Cache TTL must be at least {limit}.",
    )
    LIST_LIMIT_TOO_HIGH = (
        400,
        "Invalid key_count_limit of {value}. Please specify an integer less than {limit}.",
    )
    LIST_LIMIT_TOO_LOW = (
        400,
        "Invalid key_count_limit of {value}. Please specify an integer of at least {limit}.",
    )  # (I)
    BULK_TOO_MANY = (
        400,
        "received {count} key/value pairs, but max allowed per request is: {limit}",
    )
    BULK_REPEATED_KEY = (
        400,
        'received duplicate key with different values or expiration parameters: "{key}"',
    )
    BULK_GET_TYPE = (400, '"{type}" is not a valid type. Use "json" or "text"')
    BULK_GET_TOO_MANY = (400, "You can request a maximum of {limit} keys")
    BULK_GET_EMPTY = (400, "You must request a minimum of 1 key")
    BULK_GET_NOT_JSON = (
        400,
        "At least one of the requested keys corresponds to a non-json value",
    )
    BULK_GET_TOO_LARGE = (413, "Total size of request exceeds the limit of {limit}MB")
    INSTANT_METADATA = (400, "a KV Instant namespace takes no metadata")  # (I)
    INSTANT_KEYS_TOO_MANY = (400, "a KV Instant namespace holds at most {limit} keys")  # (I)
    WRITE_TOO_SOON = (429, "Too Many Requests")
    REQUESTS_TOO_MANY = (429, "Please wait and consider throttling your request speed")
    KEY_NOT_FOUND = (404, "key not found")
    NAMESPACE_NOT_FOUND = (404, "namespace not found")
    TITLE_EMPTY = (400, "title must not be empty")  # (I)
    TITLE_TOO_LONG = (400, "title must have at most {limit} characters")  # (I)
    TITLE_TAKEN = (400, "a namespace with this account ID and title already exists")
    NAMESPACES_TOO_MANY = (400, "an account holds at most {limit} namespaces")  # (I)

    def __init__(self, status: int, template: str) -> None:
        self.status = status
        self.template = template


class Refused(Exception):
    """KV refuses a request, and nothing was changed; each face words this in its own dialect."""

    def __init__(self, rule: Rule, **fields: object) -> None:
        self.rule = rule
        self.fields = fields
        super().__init__(rule.template.format(**fields))

    @property
    def status(self) -> int:
        """KV's HTTP status, which the binding's messages quote too."""
        return self.rule.status

    @property
    def text(self) -> str:
        """KV's own words."""
        return str(self)


class Rules:
    """Checks requests against the limits of one account; both faces use the same object."""

    __slots__ = ("_short_characters", "limits")

    def __init__(self, limits: Limits) -> None:
        self.limits: Limits = limits
        self._short_characters = limits.key_bytes // _LONGEST_CHARACTER_BYTES

    def check_key(self, key: str) -> None:
        """Refuse a key for its name, then for a lone surrogate (O)."""
        if key in FORBIDDEN_NAMES or len(key) > self._short_characters or not key.isascii():
            self.check_name(key)
            self._check_unicode(key)

    def check_name(self, key: str) -> None:
        """Refuse a name that is empty, ``.`` or ``..``, or over the limit in bytes of UTF-8."""
        if key in FORBIDDEN_NAMES:
            raise Refused(Rule.KEY_DOTS, key=key) if key else Refused(Rule.KEY_EMPTY)
        self.check_key_length(key)

    def check_key_length(self, name: str) -> None:
        """Refuse a name, or the prefix of names, that is over the limit in bytes of UTF-8."""
        length = len(name.encode("utf-8", "surrogatepass"))
        if length > self.limits.key_bytes:
            raise Refused(Rule.KEY_TOO_LONG, length=length, limit=self.limits.key_bytes)

    def _check_unicode(self, key: str) -> None:
        try:
            key.encode()
        except UnicodeEncodeError:
            raise Refused(Rule.KEY_NOT_UNICODE) from None

    def check_keys(self, keys: Sequence[str]) -> None:
        """Refuse the first of many keys that :meth:`check_key` would."""
        # Fast for 10,000 short names in ASCII, the usual case.
        names = "".join(keys)
        if (
            names.isascii()
            and max(map(len, keys), default=0) <= self._short_characters
            and FORBIDDEN_NAMES.isdisjoint(keys)
        ):
            return
        for key in keys:
            self.check_key(key)

    def check_value(self, value: bytes) -> None:
        """Refuse a value over the limit in bytes."""
        if len(value) > self.limits.value_bytes:
            raise Refused(Rule.VALUE_TOO_LARGE, length=len(value), limit=self.limits.value_bytes)

    def check_metadata(self, metadata_json: str | None) -> None:
        """Refuse metadata whose compact JSON is over the limit in bytes of UTF-8."""
        if metadata_json is None:
            return
        length = len(metadata_json.encode("utf-8"))
        if length > self.limits.metadata_bytes:
            raise Refused(Rule.METADATA_TOO_LARGE, length=length, limit=self.limits.metadata_bytes)

    def expiration(
        self, now: int, *, expiration: int | None, expiration_ttl: int | None
    ) -> int | None:
        """The second at which an entry expires, or None; ``expiration_ttl`` wins (D, O)."""
        if expiration_ttl is not None:
            self._check_ttl(expiration_ttl)
            return now + expiration_ttl
        if expiration is not None:
            self._check_expiration(now, expiration)
        return expiration

    def _check_ttl(self, seconds: int) -> None:
        if seconds <= 0:
            raise Refused(Rule.TTL_NOT_POSITIVE, value=seconds)
        if seconds < self.limits.expiration_seconds:
            raise Refused(Rule.TTL_TOO_SHORT, value=seconds, limit=self.limits.expiration_seconds)

    def _check_expiration(self, now: int, expiration: int) -> None:
        if expiration <= now:
            raise Refused(Rule.EXPIRATION_PAST, value=expiration)
        if expiration < now + self.limits.expiration_seconds:
            raise Refused(
                Rule.EXPIRATION_TOO_SOON, value=expiration, limit=self.limits.expiration_seconds
            )

    def check_cache_ttl(self, seconds: int | None) -> None:
        """Refuse a ``cacheTtl`` below the limit in seconds."""
        if seconds is not None and seconds < self.limits.cache_ttl_seconds:
            raise Refused(
                Rule.CACHE_TTL_TOO_SHORT, value=seconds, limit=self.limits.cache_ttl_seconds
            )

    def check_list_limit(self, names: int, *, at_least: int) -> None:
        """Refuse a page size outside ``at_least`` to the limit, in names."""
        if names < at_least:
            raise Refused(Rule.LIST_LIMIT_TOO_LOW, value=names, limit=at_least)
        if names > self.limits.list_names:
            raise Refused(Rule.LIST_LIMIT_TOO_HIGH, value=names, limit=self.limits.list_names)

    def check_bulk(self, count: int) -> None:
        """Refuse a bulk write or bulk delete of more than the limit in pairs or keys."""
        if count > self.limits.bulk_items:
            raise Refused(Rule.BULK_TOO_MANY, count=count, limit=self.limits.bulk_items)

    def check_bulk_get(self, keys: Sequence[str], type_: str) -> None:
        """Refuse a bulk get of an unknown type, of too many keys or of none, in this order (O)."""
        if type_ not in {"text", "json"}:
            raise Refused(Rule.BULK_GET_TYPE, type=type_)
        if len(keys) > self.limits.bulk_get_keys:
            raise Refused(Rule.BULK_GET_TOO_MANY, limit=self.limits.bulk_get_keys)
        if not keys:
            raise Refused(Rule.BULK_GET_EMPTY)

    def check_bulk_get_size(self, units: int) -> None:
        """Refuse a bulk get that returns more than the limit in UTF-16 code units."""
        if units > self.limits.bulk_get_units:
            megabytes = self.limits.bulk_get_units / 1024 / 1024
            raise Refused(Rule.BULK_GET_TOO_LARGE, limit=f"{megabytes:g}")

    def check_title(self, title: str, taken: Iterable[str]) -> None:
        """Refuse a namespace title that is empty, too long or that another namespace has."""
        if not title:
            raise Refused(Rule.TITLE_EMPTY)
        if len(title) > self.limits.title_characters:
            raise Refused(Rule.TITLE_TOO_LONG, limit=self.limits.title_characters)
        if title in taken:
            raise Refused(Rule.TITLE_TAKEN)


class InstantRules(Rules):
    """The rules of a KV Instant namespace: narrower limits, and no metadata (D)."""

    __slots__ = ()

    def __init__(self, limits: Limits) -> None:
        super().__init__(
            replace(
                limits,
                key_bytes=min(limits.key_bytes, limits.instant_key_bytes),
                value_bytes=min(limits.value_bytes, limits.instant_value_bytes),
            )
        )

    def check_metadata(self, metadata_json: str | None) -> None:
        """Refuse any metadata."""
        if metadata_json is not None:
            raise Refused(Rule.INSTANT_METADATA)
