"""What of this machine is seen within bubblewrap's walls: the system's programs and ours, and nothing about people."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import trainer

#: Folders and links beside /usr in which the system's programs lie.
LINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")
#: Read by the dynamic loader, the C library and matplotlib; none of them says anything about people.
HARMLESS_ETC = ("ld.so.cache", "localtime", "alternatives", "fonts", "mime.types")


def bubblewrap() -> str | None:
    """Where the bwrap program is, None when it is not installed."""
    return shutil.which("bwrap") or shutil.which("bwrap", path="/usr/bin:/usr/local/bin")


def system() -> list[str]:
    """Arguments that bind the system's programs and libraries, to be read only."""
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in LINKS:
        path = Path("/") / name
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), str(path)]
        elif path.is_dir():
            arguments += ["--ro-bind", str(path), str(path)]
    return arguments


def etc(own: dict[str, Path] | None = None) -> list[str]:
    """Arguments that make an /etc of the harmless files, and of ``own`` ones by name."""
    arguments = ["--perms", "0755", "--dir", "/etc"]
    for name, path in (own or {}).items():
        arguments += ["--ro-bind", str(path), f"/etc/{name}"]
    for name in HARMLESS_ETC:
        if (Path("/etc") / name).exists():
            arguments += ["--ro-bind", f"/etc/{name}", f"/etc/{name}"]
    return arguments


def program_folders() -> list[Path]:
    """Our interpreter, its packages and this package, without what lies below /usr or each other."""
    wanted = [Path(sys.prefix), Path(sys.base_prefix), Path(trainer.__file__).resolve().parent]
    kept: list[Path] = [Path("/usr")]
    for path in wanted:
        if not any(path.is_relative_to(above) for above in kept):
            kept.append(path)
    return kept[1:]


def programs() -> list[str]:
    """Arguments that bind our own programs, each at its own path."""
    return [part for path in program_folders() for part in bind(path)]


def bind(path: Path, how: str = "--ro-bind") -> list[str]:
    """Arguments that bind a path at itself."""
    return [*folders(*reversed(path.parents)), how, str(path), str(path)]


def folders(*paths: Path) -> list[str]:
    """Arguments that make folders anybody may enter: bubblewrap run by root makes missing parents 0700."""
    return [part for path in paths if path != Path("/") for part in ("--perms", "0755", "--dir", str(path))]
