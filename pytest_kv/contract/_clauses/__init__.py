"""The clauses of the contract: each is a function that runs its cases on a client."""

from __future__ import annotations

__all__ = ()
