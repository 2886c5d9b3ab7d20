"""What only production does is off until a test switches it on."""

from __future__ import annotations

from pytest_kv._core.switches import Switches

OFF = Switches(
    page_size=None, tombstones=False, write_limit=False, request_limit=None, second_limit=None
)


def test_every_switch_is_off_at_first() -> None:
    assert Switches() == OFF


def test_turning_off_turns_every_switch_off() -> None:
    switches = Switches(
        page_size=2, tombstones=True, write_limit=True, request_limit=5, second_limit=5
    )

    switches.turn_off()

    assert switches == OFF
