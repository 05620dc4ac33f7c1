"""Files of a person's folder, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from jupyter_server.services.contents.largefilemanager import AsyncLargeFileManager


class WholeFiles(AsyncLargeFileManager):
    """Jupyter's manager of files, but a file changes in one step.

    Jupyter's own writes into the file itself, beside a copy of it. Whoever reads meanwhile, as handing in does, finds half a
    notebook; and so does everybody after a server was killed at that moment.
    """

    @contextmanager
    def atomic_writing(
        self, os_path: str, text: bool = True, encoding: str = "utf-8", **_: Any
    ) -> Iterator[Any]:
        """A file to write into; what was written takes the place of ``os_path`` when nothing went wrong."""
        with self.perm_to_403(os_path):
            path = Path(os_path).resolve()
            known = path.is_file()
            if known and not os.access(path, os.W_OK):
                raise PermissionError(13, "not writable", os_path)
            new = path.with_name(f".~{secrets.token_hex(8)}")
            try:
                with new.open("w", encoding=encoding, newline="\n") if text else new.open("wb") as file:
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                if known:
                    new.chmod(path.stat().st_mode & 0o7777)
                new.replace(path)
            finally:
                new.unlink(missing_ok=True)
