"""A file of a person's folder is seen as it was or as it is, never half."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
from tornado.web import HTTPError

from trainer.hub.singleuser.contents import WholeFiles

PAPER = "juan.ipynb"


def notebook(text: str) -> dict[str, Any]:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    content = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return {"type": "notebook", "format": "json", "content": content}


@pytest.fixture
def files(tmp_path: Path) -> WholeFiles:
    manager = WholeFiles(root_dir=str(tmp_path))
    asyncio.run(manager.save(notebook("旧的"), PAPER))
    return manager


def test_a_reader_meanwhile_sees_the_old_file_and_then_the_new_one(files: WholeFiles, tmp_path: Path) -> None:
    file = tmp_path / PAPER
    file.chmod(0o640)
    with files.atomic_writing(str(file)) as writing:
        writing.write("新")
        writing.flush()
        assert "旧的" in file.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8") == "新"
    assert file.stat().st_mode & 0o777 == 0o640


def test_what_fails_leaves_the_old_file_and_nothing_else(files: WholeFiles, tmp_path: Path) -> None:
    file = tmp_path / PAPER
    before = file.read_bytes()
    with pytest.raises(ZeroDivisionError), files.atomic_writing(str(file)) as writing:
        writing.write(str(1 / 0))
    assert file.read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".~")]


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everything")
def test_what_may_only_be_read_is_refused(files: WholeFiles, tmp_path: Path) -> None:
    (tmp_path / PAPER).chmod(0o444)
    with pytest.raises(HTTPError, match="403"):
        asyncio.run(files.save(notebook("新的"), PAPER))


def test_a_link_stays_one(files: WholeFiles, tmp_path: Path) -> None:
    (tmp_path / "link.ipynb").symlink_to(PAPER)
    asyncio.run(files.save(notebook("新的"), "link.ipynb"))
    assert (tmp_path / "link.ipynb").is_symlink()
    assert "新的" in (tmp_path / PAPER).read_text(encoding="utf-8")
