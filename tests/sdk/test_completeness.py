"""Nothing of the installed SDK's KV part is left untested."""

from __future__ import annotations

import pytest
from cloudflare import AsyncCloudflare

from tests.sdk.caller import COMMON, VERSION, methods_of
from tests.sdk.uses import FIRST_USES, METHODS, USES_HERE

IDS = {"account_id", "namespace_id"}


def test_every_method_is_used() -> None:
    """Fails when the SDK gains a KV method: add its uses to ``uses``."""
    assert FIRST_USES.keys() == METHODS.keys(), f"cloudflare {VERSION}"


@pytest.mark.parametrize("method", METHODS)
def test_every_parameter_of_a_method_is_used(method: str) -> None:
    """Beside the ids, which each call is given, and those that every method has."""
    used = {name for use in USES_HERE if use.method == method for name in use.given}

    parameters = METHODS[method].parameters.keys()

    assert used == parameters - IDS - set(COMMON), f"cloudflare {VERSION}"
    assert parameters > set(COMMON), f"cloudflare {VERSION}"


def test_the_async_client_has_the_same_methods_and_parameters() -> None:
    other = dict(methods_of(AsyncCloudflare(api_token="any").kv.namespaces))

    assert {name: [*of.parameters] for name, of in other.items()} == {
        name: [*of.parameters] for name, of in METHODS.items()
    }
