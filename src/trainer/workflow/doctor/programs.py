"""The installation: versions, files that everyone must be able to read and nobody else to change, its configuration."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from packaging.version import Version

import trainer
from trainer.workflow.doctor.finding import Finding, Place, good, problem, warning

#: Before these, there are known holes.
SAFE_FROM = {"jupyterhub": "5.5.1", "jupyter-server": "2.18"}
_CURE = "升级本程序，再运行 make setup。"


def versions(_: Place) -> Iterator[Finding]:
    found = []
    for name, least in SAFE_FROM.items():
        try:
            present = version(name)
        except PackageNotFoundError:
            yield problem("版本", f"没有安装 {name}。", _CURE)
            continue
        found.append(f"{name} {present}")
        if Version(present) < Version(least):
            yield problem("版本", f"{name} 是 {present}，有已经公开的安全漏洞，至少要 {least}。", _CURE)
            found.pop()
    if len(found) == len(SAFE_FROM):
        yield good("版本", f"{'、'.join(found)}，不低于安全版本。")


def files(place: Place) -> Iterator[Finding]:
    """Programs run as root and as trainees: others must read them, and only root may write them."""
    if not place.who.separate:
        return
    places = {Path(sys.prefix), Path(trainer.__file__).resolve().parent}
    modes = dict(_modes(places))
    # Compiled files are a convenience: Python compiles again what it cannot read.
    closed = [path for path, mode in modes.items() if path.suffix != ".pyc" and not _readable(mode)]
    open_ = [path for path, mode in modes.items() if mode & stat.S_IWOTH]
    named = " ".join(map(str, sorted(places)))
    if closed:
        yield problem(
            "程序文件",
            f"有 {len(closed)} 个程序文件别的用户读不了，学员的服务器会起不来，例如 {closed[0]}。",
            f"chmod -R o+rX {named}",
        )
    if open_:
        yield problem(
            "程序文件",
            f"有 {len(open_)} 个程序文件任何用户都能改，而它们以 root 运行，例如 {open_[0]}。",
            f"chmod -R o-w {named}",
        )
    if not closed and not open_:
        yield good("程序文件", "程序文件的权限都对。")


def _modes(places: Iterable[Path]) -> Iterator[tuple[Path, int]]:
    """Everything in folders with its mode; the targets of links are elsewhere or come themselves."""
    for root in places:
        for folder, folders, names in os.walk(root):
            for name in (*folders, *names):
                path = Path(folder, name)
                mode = path.lstat().st_mode
                if not stat.S_ISLNK(mode):
                    yield path, mode


def _readable(mode: int) -> bool:
    wanted = stat.S_IROTH | (stat.S_IXOTH if stat.S_ISDIR(mode) else 0)
    return mode & wanted == wanted


def configuration(place: Place) -> Iterator[Finding]:
    path = place.configuration
    if path is None:
        yield warning(
            "设置",
            "当前文件夹及上级没有属于自己的 jupyter_config.py，用的是默认设置。",
            "请在程序的文件夹里运行，那里有 jupyter_config.py。",
        )
        return
    status = path.stat()
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        yield problem("设置", f"{path} 别的用户也能改，而它以启动服务器的身份运行。", f"chmod go-w {path}")
    else:
        yield good("设置", f"设置在 {path}。")


PROGRAMS = (versions, files, configuration)
