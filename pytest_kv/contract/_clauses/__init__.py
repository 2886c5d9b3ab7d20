"""The clauses of the contract, each a function of a client's factory."""

from __future__ import annotations

__all__ = ()
