"""The kernel's control groups, where this machine has them."""

from __future__ import annotations

import os

import pytest

from trainer.hub.limits import ControlGroups, Limits

LIMITS = Limits(1 << 28, 1, 64, 1 << 20)


def test_nothing_is_left_of_the_groups_when_the_last_server_has_ended() -> None:
    groups = ControlGroups(f"trainer-test-{os.getpid()}")
    if not groups.available:
        pytest.skip("control groups need root and a kernel that lets us")
    folders = [file.parent for name in ("one", "two") for file in groups.make(name, LIMITS)]
    common = {folder.parent for folder in folders}
    groups.remove("one")
    assert all(folder.is_dir() for folder in common)
    groups.remove("two")
    assert not any(folder.exists() for folder in (*folders, *common))
    assert groups.make("one", LIMITS), "they can be made again"
    groups.remove("one")
    assert not any(folder.exists() for folder in common)
