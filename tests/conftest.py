"""What all tests share: where things are, and homes for Jupyter and matplotlib that are nobody's own."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from database_server import Postgresql, database_server

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session", autouse=True)
def own_homes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nothing is read from or written to the home of whoever runs the tests."""
    home = tmp_path_factory.mktemp("home")
    places = {
        "HOME": home,
        "JUPYTER_CONFIG_DIR": home / "jupyter-config",
        "JUPYTER_DATA_DIR": home / "jupyter-data",
        "JUPYTER_RUNTIME_DIR": home / "jupyter-runtime",
        "IPYTHONDIR": home / "ipython",
    }
    os.environ.update({name: str(place) for name, place in places.items()})
    os.environ.setdefault("MPLCONFIGDIR", str(home / "matplotlib"))
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def bank_folder() -> Path:
    """The real question bank."""
    return REPOSITORY / "question_bank"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Postgresql]:
    """PostgreSQL's own programs, from PATH or where Debian puts them."""
    with database_server() as cluster:
        yield cluster
