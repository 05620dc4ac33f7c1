"""Where the data lie: room, file system, how long it takes until a write is on the disk."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from trainer.nbgrader.disks import NETWORK, mounted_as, nearest_folder
from trainer.workflow.doctor.finding import Finding, Place, good, note, problem, warning

_GB = 1000**3
#: The hall stops accepting below 200 MB (HallApp.free_floor_mb).
_TOO_FULL, _RATHER_FULL = 0.5 * _GB, 5 * _GB
_FEW_INODES = 0.05
_VOLATILE = {"tmpfs", "ramfs"}
_WITHOUT_OWNERS = {"vfat", "exfat", "ntfs", "ntfs3", "fuseblk"}
_RISKY_OPTIONS = {"nobarrier", "barrier=0", "data=writeback"}
_SYNCS = 15
_SLOW_MS = 50


def room(place: Place) -> Iterator[Finding]:
    where = nearest_folder(place.data.root)
    usage = shutil.disk_usage(where)
    free = f"数据所在的磁盘还剩 {usage.free / _GB:.1f} GB"
    if usage.free < _TOO_FULL:
        yield problem(
            "磁盘",
            f"{free}，快满了；剩 0.2 GB 时考场不再收卷。",
            "删掉不要的东西，或换大的磁盘；备份放到别的磁盘。",
        )
    elif usage.free < _RATHER_FULL:
        yield warning("磁盘", f"{free}，不多了。", "考前请腾出 5 GB 以上。")
    else:
        yield good("磁盘", f"{free}。")
    counts = os.statvfs(where)
    if counts.f_files and counts.f_favail / counts.f_files < _FEW_INODES:
        yield warning(
            "磁盘",
            f"数据所在的磁盘还能建 {counts.f_favail} 个文件（不到总数的 5%），用完后有空间也写不进去。",
            "找出文件特别多的文件夹清理（du --inodes）。",
        )


def file_system(place: Place) -> Iterator[Finding]:
    where = nearest_folder(place.data.root)
    kind, options = mounted_as(where)
    if kind in _VOLATILE:
        yield warning("文件系统", f"数据放在内存盘上（{kind}），关机就没有了。", "把数据文件夹放到硬盘上。")
    elif kind in NETWORK:
        yield problem(
            "文件系统",
            f"数据放在网络盘上（{kind}），数据库在上面不能可靠地加锁和落盘。",
            "把数据文件夹放到本机硬盘上。",
        )
    elif kind in _WITHOUT_OWNERS:
        yield problem(
            "文件系统", f"数据所在的分区（{kind}）记不住文件的主人和权限。", "换成 ext4、xfs 或 btrfs 分区。"
        )
    elif risky := _RISKY_OPTIONS & options:
        yield warning(
            "文件系统",
            f"数据所在的分区挂载时关掉了断电保护（{'、'.join(sorted(risky))}），停电会丢已经收下的卷。",
            "从 /etc/fstab 里去掉这个选项，重新挂载。",
        )
    else:
        yield good("文件系统", f"数据在 {kind} 分区上。")


def durability(place: Place) -> Iterator[Finding]:
    """How long it takes until a page is on the disk: that is what each submission waits for."""
    if not place.installed:
        return
    took = []
    try:
        with tempfile.TemporaryFile(dir=place.data.root) as file:
            for _ in range(_SYNCS):
                file.write(b"x" * 4096)
                file.flush()
                began = time.perf_counter()
                os.fsync(file.fileno())
                took.append((time.perf_counter() - began) * 1000)
    except OSError as error:
        yield problem(
            "落盘",
            f"数据文件夹写不进去：{error.strerror}。",
            "检查磁盘是否已满、是否只读，以及是否以 root 运行。",
        )
        return
    middle = median(took)
    said = f"写一次盘要 {middle:.1f} 毫秒"
    if middle > _SLOW_MS:
        yield note("落盘", f"{said}，很慢，许多人同时交卷要排队。", "请把数据放到固态硬盘上。")
    else:
        yield good("落盘", f"{said}。")


STORAGE = (room, file_system, durability)
