"""Who answers for Cloudflare's API host in this process, while a block of ours is open.

While at least one block is open, this is patched, and nothing else:

- ``socket.getaddrinfo``, ``gethostbyname``, ``gethostbyname_ex`` and ``gethostbyaddr``: the host's
  name stands for an address of this machine that nobody else uses, the stand-in, and its port 443
  for the port of the server.
- ``getaddrinfo`` of asyncio's event loops: an attempt that fails does so in the client's own task,
  not in a thread of the loop, so that the report can name the client.
- ``connect`` and ``connect_ex`` of ``socket.socket``: the stand-in leads to the server. anyio and
  trio take only the address from a look-up, not the port; and where the system does not have the
  stand-in, the server listens on 127.0.0.1.
- ``sendto`` and ``sendmsg`` of ``socket.socket``: a datagram to the host is an error.
- ``send``, ``sendall`` and ``sendmsg`` of ``socket.socket``, ``send`` of ``ssl.SSLSocket``,
  ``write`` of ``ssl.SSLObject`` and, if trio is imported, ``send_all`` of ``trio.SocketStream``:
  a client that was made with a proxy fails when it is about to ask the proxy for the host.
- ``set_tunnel`` and ``putrequest`` of ``http.client.HTTPConnection``, which urllib, urllib3 and
  requests use, and if they are imported, ``set_tunnel`` and ``urlopen`` of classes of
  urllib3-future, ``create_connection`` of the proxy classes of httpcore and httpcore2 and
  ``_create_proxy_connection`` of ``aiohttp.TCPConnector``: such a client fails before it connects
  to its proxy. So these words reach it even if there is no such proxy, and on uvloop, which uses no
  sockets of Python.
- ``wrap_socket`` and ``wrap_bio`` of ``ssl.SSLContext``, and of those subclasses that have their
  own, such as truststore's: a connection to the host is made with a context of ours, which trusts
  nothing but our certificate. A client that has reached the real host in spite of the rest fails
  here, before it sends a request, even if it verifies no certificate.
- ``getaddrinfo``, ``create_connection``, ``sock_connect`` and ``create_datagram_endpoint`` of
  uvloop's loops, if it is installed, which use nothing of Python's.
- Look-ups of aiodns, if it is installed, which does not use ``socket.getaddrinfo``: they fail for
  the host.
- The methods of pycurl and curl_cffi that set options of a handle, and that begin and end a
  transfer, if these are installed: libcurl uses nothing of Python's, but has options for where a
  host leads to and which certificates it trusts.

The wrappers pass whatever is for another host on to the originals. When the last block closes,
each name has its original again.
"""

from __future__ import annotations

__all__ = ("answered_by", "unreachable")

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from threading import Lock

from pytest_kv._transports.host_claims import Claim, Claims, Server, Words
from pytest_kv._transports.host_connections import connection_patches
from pytest_kv._transports.host_curl_cffi import curl_cffi_patches
from pytest_kv._transports.host_look_ups import look_up_patches
from pytest_kv._transports.host_proxies import proxy_patches
from pytest_kv._transports.host_pycurl import pycurl_patches
from pytest_kv._transports.host_tls import tls_patches
from pytest_kv._transports.host_uvloop import uvloop_patches
from pytest_kv._transports.patch import Stoppable

_LOCK = Lock()
_PATCHES: list[Stoppable] = []


@contextmanager
def unreachable(words: Words) -> Iterator[None]:
    """During the block an attempt to reach the API's host is an OSError with these words.

    If a block of :func:`answered_by` is open too, its server answers instead.
    """
    yield from _claimed(Claim(words))


@contextmanager
def answered_by(host: str, port: int, context: ssl.SSLContext) -> Iterator[None]:
    """During the block this server answers for the API's host; ``context`` trusts it.

    ``host`` is an IPv4 address.
    """
    yield from _claimed(Claim(Server(host, port, context)))


def _claimed(claim: Claim) -> Iterator[None]:
    with _LOCK:
        if not Claims.made:
            _patch()
        Claims.set((*Claims.made, claim))
    try:
        yield
    finally:
        with _LOCK:
            # By identity: two blocks may make equal claims.
            Claims.set(tuple(other for other in Claims.made if other is not claim))
            if not Claims.made:
                _stop_patches()


def _patch() -> None:
    try:
        found = (
            *(look_up_patches, connection_patches, proxy_patches, tls_patches),
            *(uvloop_patches, pycurl_patches, curl_cffi_patches),
        )
        _PATCHES.extend(chain.from_iterable(patches() for patches in found))
    except BaseException:
        _stop_patches()
        raise


def _stop_patches() -> None:
    while _PATCHES:
        _PATCHES.pop().stop()
