"""A full disk: what could not be saved is said not to be; what was stays; when there is room the hall goes on."""

from __future__ import annotations

import os
import resource
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from trainer.hall.client import HallNotSaved
from trainer.hall.receipts import verify

Filling = Callable[..., object]


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 12 MB."""
    folder = place / "disk"
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("这里不能挂载 tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.skipif(os.getuid() != 0, reason="只有 root 能挂载小磁盘")
def test_on_a_full_disk(place, hall_process, notebook):
    with small_disk(place) as folder:
        hall = hall_process(place, "--HallApp.free_floor_mb=0", data=str(folder)).start()

        def fill() -> None:
            with (folder / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
                while True:
                    ballast.write(b"\0" * 4096)

        go_on_after(hall, notebook, fill, (folder / "ballast").unlink)
        hall.end()


def test_when_writing_fails(place, hall_process, notebook):
    """The kernel refuses to let files grow (RLIMIT_FSIZE): an input/output error in the middle of a transaction."""
    hall = hall_process(place, "--HallApp.free_floor_mb=0").start()
    assert hall.process is not None
    pid = hall.process.pid
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    log = Path(hall.data) / "hall.sqlite-wal"

    def fill() -> None:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (log.stat().st_size, before[1]))

    go_on_after(hall, notebook, fill, lambda: resource.prlimit(pid, resource.RLIMIT_FSIZE, before))


def go_on_after(hall, notebook, fill: Filling, make_room: Filling) -> None:
    """The same for both."""
    hall.client("token-chen").release("c", "a", {"p.ipynb": notebook()})
    zhang, li = hall.client("token-zhang"), hall.client("token-li")
    first = zhang.submit("c", "a", {"p.ipynb": notebook("A")})
    li.save_answer("c", "a", "q01", "before")
    fill()
    large = {"p.ipynb": notebook("B"), "more.txt": b"x" * 1_000_000}
    for _ in range(3):
        with pytest.raises(HallNotSaved, match="没有存上") as raised:
            zhang.submit("c", "a", large)
        assert raised.value.status == 507
    assert zhang.submissions("c", "a") == [first]
    assert li.answers("c", "a")["q01"]["text"] == "before"
    make_room()
    second = zhang.submit("c", "a", large)
    li.save_answer("c", "a", "q01", "after")
    assert [second["attempt"], li.answers("c", "a")["q01"]["text"]] == [2, "after"]
    assert zhang.submissions("c", "a") == [first, second]
    assert zhang.submission_files("c", "a", second["id"]) == large
    keys = zhang.key()["keys"]
    assert all(verify(receipt, keys).valid for receipt in (first, second))


def test_below_the_floor_nothing_is_taken(make_hall, notebook):
    hall = make_hall("--HallApp.free_floor_mb=1e9")
    with pytest.raises(HallNotSaved, match="磁盘满了"):
        hall.client("token-chen").release("c", "a", {"p.ipynb": notebook()})
    assert hall.client("token-zhang").assignments() == []
