"""How many mutants of the package the tests kill: `tox -e mutation`, or `python -m tests.mutation`.

README.md is the log of what was counted. The ordinary test run collects nothing here.
"""

from __future__ import annotations

__all__ = ()
