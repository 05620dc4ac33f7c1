"""A data folder as a server leaves it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from trainer.hub.data_folder import DataFolder

from .folders import WHO, database, give, home_of


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that other users may enter: a database is copied as its owner."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-backup-", dir="/var/tmp"))
    folder.chmod(0o755)
    yield folder
    for data in folder.iterdir():
        shutil.rmtree(DataFolder(data).runtime, ignore_errors=True)
    shutil.rmtree(folder)


@pytest.fixture
def data(place: Path) -> DataFolder:
    """A small data folder as a server leaves it, with a person's home."""
    data = DataFolder(place / "data")
    data.create(WHO)
    database(data.hub_db, "of the hub", "delete")
    for path in (data.accounts_db, data.hall_db):
        database(path, f"in {path.name}")
    data.secret("cookie")
    (data.logs / "hub.log").write_text("a line")
    home = home_of(data, "sl001")
    (home / "答案.ipynb").write_text("{}")
    give(home, WHO.trainee(1))
    return data
