"""The line of a client's own code that an exception came from."""

from __future__ import annotations

__all__ = ("client_line",)

import linecache
import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from traceback import walk_tb
from types import FrameType

import pytest_kv

_OURS = str(Path(pytest_kv.__file__).parent)
_LIBRARIES = tuple(
    {path for name, path in sysconfig.get_paths().items() if name in {"stdlib", "platstdlib"}}
)
_INSTALLED = ("site-packages", "dist-packages")


def client_line(error: BaseException, client: object) -> str:
    """The innermost line of the client in the traceback of ``error``; empty when there is none.

    For a client in site-packages, it is the innermost line of the client's own package.
    """
    frames = list(_frames(error))
    own = [frame for frame in frames if _is_of_a_project(frame[0])]
    if not own:
        package = _package(type(client).__module__)
        own = [frame for frame in frames if _package(_module(frame[0])) == package]
    if not own:
        return ""
    frame, line = own[-1]
    code = linecache.getline(frame.f_code.co_filename, line).strip()
    path = _shown_path(frame.f_code.co_filename)
    return f"raised at {path}:{line}, in {frame.f_code.co_name}" + (f": {code}" if code else "")


def _frames(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    for frame, line in walk_tb(error.__traceback__):
        if not frame.f_code.co_filename.startswith((_OURS, "<frozen")):
            yield frame, line


def _is_of_a_project(frame: FrameType) -> bool:
    path = frame.f_code.co_filename
    is_installed = any(folder in Path(path).parts for folder in _INSTALLED)
    return not is_installed and not path.startswith(_LIBRARIES)


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__"))


def _package(module: str) -> str:
    return module.partition(".")[0]


def _shown_path(path: str) -> str:
    try:
        relative = os.path.relpath(path)
    except ValueError:  # On Windows, another drive.
        return path
    return Path(path).name if relative.startswith("..") else relative
