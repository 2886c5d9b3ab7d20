"""What the binding returns: objects, streams and their chunks."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_kv._binding.results import KVObject, KVStream, StreamChunk
from tests.helpers.worker import run


async def chunks_of(stream: KVStream) -> list[StreamChunk]:
    return [chunk async for chunk in stream]


@pytest.mark.fidelity("binding-results")
def test_the_names_of_an_object_are_keys_and_attributes() -> None:
    page = KVObject(list_complete=False, cursor="abc")

    assert page["cursor"] == page.cursor == page.get("cursor") == "abc"
    assert page.list_complete is False
    assert page == {"list_complete": False, "cursor": "abc"}


def test_an_attribute_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError) as caught:
        _ = KVObject(keys=[]).cursor

    assert caught.value.args == ("cursor",)
    assert getattr(KVObject(), "cursor", None) is None


def test_setting_an_attribute_sets_the_key() -> None:
    page = KVObject()

    page.cursor = "abc"

    assert page == {"cursor": "abc"}


def test_an_object_can_be_copied_and_pickled() -> None:
    listed = KVObject(name="a", metadata=KVObject(role="admin"))

    for other in (copy.copy(listed), copy.deepcopy(listed), pickle.loads(pickle.dumps(listed))):
        assert other == listed
        assert isinstance(other.metadata, KVObject)
        assert other.metadata.role == "admin"


@pytest.mark.fidelity("stream-chunks")
@given(st.integers(0, 3 * 4096 + 1).map(lambda size: bytes(range(256)) * 48 + b"x" * size))
def test_a_stream_is_read_in_chunks_that_join_to_the_value(value: bytes) -> None:
    chunks = run(chunks_of(KVStream(value)))

    assert b"".join(chunk.to_bytes() for chunk in chunks) == value
    assert all(0 < len(chunk) <= 4096 for chunk in chunks)


def test_a_stream_of_nothing_has_no_chunks() -> None:
    assert run(chunks_of(KVStream(b""))) == []


@pytest.mark.fidelity("stream-put-and-read-again")
async def test_a_stream_is_read_once() -> None:
    stream = KVStream(b"x" * 5000)
    async for chunk in stream:
        assert len(chunk) == 4096
        break

    assert stream._read_rest() == b"x" * 904
    assert await chunks_of(stream) == []
    assert stream._read_rest() == b""


def test_a_chunk_is_read_like_a_buffer_of_javascript() -> None:
    chunk = StreamChunk("aé".encode())

    assert bytes(chunk) == chunk.to_bytes() == "aé".encode()
    assert chunk.to_py() == chunk.to_memoryview() == memoryview("aé".encode())
    assert chunk.to_string() == "aé"
    assert (list(chunk), chunk[0], len(chunk)) == ([97, 195, 169], 97, 3)
    assert repr(chunk) == "<StreamChunk of 3 bytes>"


def test_a_chunk_is_not_bytes() -> None:
    chunk = StreamChunk(b"a")

    assert not isinstance(chunk, bytes)
    with pytest.raises(TypeError, match=r"^sequence item 0: expected a bytes-like object"):
        b"".join([chunk])  # type: ignore[list-item]  # the mistake is tested


def test_a_change_to_a_copy_of_a_chunk_does_not_change_the_chunk() -> None:
    chunk = StreamChunk(b"abc")

    chunk.to_memoryview()[0] = 0

    assert chunk.to_bytes() == b"abc"


def test_a_chunk_that_cuts_a_character_is_no_text() -> None:
    with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
        StreamChunk(b"\xf0\x9f").to_string()
