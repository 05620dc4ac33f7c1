"""The file of a backup: a compressed tar, readable with ``tar`` everywhere.

    trainer-backup.json     what this is: format, program, time, owners, place
    data/…                  the data folder
    manifest.jsonl          a line for each member of data/, with its SHA-256, in the same order

The manifest stands at the end, where everything is known, and a file that was cut short has none. Nothing is ever held
in memory as a whole.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import secrets
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Protocol, Self

from trainer import __version__
from trainer.errors import TrainerError, UsageError

FORMAT = 1
HEADER, MANIFEST, DATA = "trainer-backup.json", "manifest.jsonl", "data"
_TYPES = {"folder": tarfile.DIRTYPE, "file": tarfile.REGTYPE, "link": tarfile.SYMTYPE}
_CHUNK = 1 << 20
_LONGEST_HEADER = 1 << 16


class Content(Protocol):
    """What a file holds, read from its beginning on."""

    def read(self, size: int = ..., /) -> bytes: ...


class Damaged(TrainerError):
    """A backup that cannot be used: cut short, altered, or not one at all."""


@dataclass(frozen=True)
class Header:
    """Where a backup comes from. ``separate`` and ``first_uid`` say whose the numeric owners are, ``root`` where the data
    folder was, ``elsewhere`` what of the server's data was not in it (a database server)."""

    created: str
    separate: bool
    first_uid: int
    root: str
    elsewhere: str = ""
    format: int = FORMAT
    program: str = __version__

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.created)


@dataclass(frozen=True)
class Member:
    """One thing below data/: ``kind`` is folder, file or link, ``mode`` its nine permission bits, ``time`` its last
    change in seconds since 1970, ``size`` in bytes; ``target`` is where a link points."""

    path: str
    kind: str
    mode: int
    uid: int
    gid: int
    time: int
    size: int = 0
    target: str = ""

    def line(self, sha256: str) -> bytes:
        """Its line in the manifest."""
        fields = {
            "path": self.path,
            "kind": self.kind,
            "mode": f"{self.mode:04o}",
            "uid": self.uid,
            "gid": self.gid,
        }
        if self.kind == "file":
            fields |= {"size": self.size, "sha256": sha256}
        if self.kind == "link":
            fields |= {"target": self.target}
        return json.dumps(fields).encode("ascii") + b"\n"


class ArchiveWriter:
    """Writes a backup beside its place. :meth:`finish` puts it there, :meth:`discard` leaves nothing."""

    def __init__(self, path: Path, header: Header) -> None:
        """Raises OSError."""
        self.path = path
        self._part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
        opened = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        self._file = os.fdopen(opened, "wb")
        self._gzip = gzip.GzipFile("", "wb", 1, self._file)
        self._tar = tarfile.TarFile(fileobj=self._gzip, mode="w", format=tarfile.PAX_FORMAT)
        self._lines = tempfile.TemporaryFile(dir=path.parent)  # noqa: SIM115 - closed with the archive
        self._put(HEADER, json.dumps(asdict(header), ensure_ascii=False, indent=1).encode() + b"\n")

    def add(self, member: Member, content: Content | None = None) -> None:
        """Add a member; ``content`` has exactly ``member.size`` bytes. Raises OSError."""
        info = tarfile.TarInfo(f"{DATA}/{member.path}" if member.path else DATA)
        info.type, info.mode, info.mtime = _TYPES[member.kind], member.mode, member.time
        info.uid, info.gid, info.size, info.linkname = member.uid, member.gid, member.size, member.target
        hashing = _Hashing(content) if content is not None else None
        self._tar.addfile(info, hashing)
        self._tar.members.clear()  # type: ignore[attr-defined] # tarfile remembers each
        self._lines.write(member.line(hashing.sha256 if hashing else ""))

    def finish(self) -> int:
        """Add the manifest and put the file in its place, durably; its size in bytes. Raises OSError."""
        size = self._lines.tell()
        self._lines.seek(0)
        self._put(MANIFEST, self._lines, size)
        self._tar.close()
        self._gzip.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        self._close()
        self._part.rename(self.path)
        sync_folder(self.path.parent)
        return size

    def discard(self) -> None:
        """Remove what was written so far."""
        self._close()
        self._part.unlink(missing_ok=True)

    def _put(self, name: str, content: bytes | IO[bytes], size: int = 0) -> None:
        info = tarfile.TarInfo(name)
        info.mode, info.size = 0o600, size or len(content)  # type: ignore[arg-type]
        self._tar.addfile(info, io.BytesIO(content) if isinstance(content, bytes) else content)

    def _close(self) -> None:
        self._lines.close()
        self._file.close()


class ArchiveReader:
    """Reads a backup from its beginning to its end, once."""

    def __init__(self, path: Path) -> None:
        """Raises UsageError when there is no such file, Damaged when it is not a backup or of a newer format."""
        try:
            self._gzip = gzip.open(path, "rb")  # noqa: SIM115 - a context manager itself
        except OSError as error:
            raise UsageError(f"打不开备份文件 {path}：{error.strerror}。") from None
        try:
            self._tar = tarfile.open(fileobj=self._gzip, mode="r|")  # noqa: SIM115
            self.header = self._header()
        except (*BROKEN, KeyError, TypeError) as error:
            self._gzip.close()
            raise Damaged(f"{path} 不是 trainer backup 做的备份，或者已经损坏。") from error
        except TrainerError:
            self._gzip.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._tar.close()
        self._gzip.close()

    def members(self) -> Iterator[tuple[Member, Content | None]]:
        """Each member, a file with its content, to be read to its end before the next; at last the manifest is checked.

        Raises Damaged when that does not agree, and for members that a backup never has.
        """
        with tempfile.TemporaryFile() as lines:
            while (info := self._next()) is not None:
                if info.name == MANIFEST:
                    self._check(info, lines)
                    return
                member = _member(info)
                content = self._tar.extractfile(info) if member.kind == "file" else None
                hashing = _Hashing(content) if content is not None else None
                yield member, hashing
                lines.write(member.line(hashing.sha256 if hashing else ""))
        raise Damaged("备份文件不完整：后面一截没有了。没有恢复任何东西，请换一份备份。")

    def _header(self) -> Header:
        info = self._next()
        if info is None or info.name != HEADER or info.size > _LONGEST_HEADER:
            raise ValueError(HEADER)
        fields = json.loads(self._read(info))
        if fields["format"] > FORMAT:
            raise Damaged(f"这份备份是更新版本的程序（{fields['program']}）做的，请先升级本程序再恢复。")
        return Header(**fields)

    def _next(self) -> tarfile.TarInfo | None:
        info = self._tar.next()
        self._tar.members.clear()  # type: ignore[attr-defined]
        return info

    def _read(self, info: tarfile.TarInfo) -> bytes:
        stream = self._tar.extractfile(info)
        return stream.read() if stream is not None else b""

    def _check(self, info: tarfile.TarInfo, lines: IO[bytes]) -> None:
        lines.seek(0)
        manifest: Any = self._tar.extractfile(info)
        for expected in manifest:
            if lines.readline() != expected:
                path = json.loads(expected)["path"]
                raise Damaged(f"备份文件损坏：{path} 和清单里的指纹对不上。没有恢复任何东西，请换一份备份。")
        if lines.readline():
            raise Damaged("备份文件里有清单上没有的东西，可能被人改动过。没有恢复任何东西。")
        while self._gzip.read(_CHUNK):
            pass  # the checksum of the whole file stands at its very end


#: What reading a damaged file raises, besides Damaged.
BROKEN = (tarfile.TarError, EOFError, gzip.BadGzipFile, zlib.error, ValueError)


class _Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: Content) -> None:
        self._stream, self._hash = stream, hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._stream.read(_CHUNK if size < 0 else size)
        self._hash.update(data)
        return data

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def _member(info: tarfile.TarInfo) -> Member:
    """Raises Damaged for absolute or climbing paths, hard links, devices and all else that we never write."""
    prefix, _, path = info.name.partition("/")
    parts = path.split("/") if path else []
    if prefix != DATA or any(part in ("", ".", "..") for part in parts) or "\0" in info.name + info.linkname:
        raise Damaged(f"备份文件里有不该有的路径“{info.name}”，可能被人改动过。没有恢复任何东西。")
    kinds = {kind: name for name, kind in _TYPES.items()}
    kind = kinds.get(info.type)
    if kind is None or info.issparse():
        raise Damaged(
            f"备份文件里的“{info.name}”不是文件、文件夹或符号链接，可能被人改动过。没有恢复任何东西。"
        )
    target = info.linkname if kind == "link" else ""
    return Member(path, kind, info.mode & 0o777, info.uid, info.gid, int(info.mtime), info.size, target)


def sync_folder(folder: Path) -> None:
    """Make a rename in a folder durable."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
