"""A plugin of pytest: our classes of the modules workers and asgi, also beside Cloudflare's own."""

from __future__ import annotations

__all__ = ()

from pytest_kv.workers import _install

for _name, _module in _install._SIMULATED.items():
    _install._SIMULATED[_name] = _module._replace(gives_way=False)
