"""``trainer backup``, ``trainer restore`` and ``trainer doctor`` as an operator types them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trainer.hub.data_folder import DataFolder

Cli = Callable[..., Any]


@pytest.fixture
def data(workplace: Path) -> Iterator[Path]:
    folder = workplace / "data"
    folder.mkdir()
    (folder / "note").write_text("kept")
    yield folder
    for path in (folder, workplace / "other"):
        shutil.rmtree(DataFolder(path).runtime, ignore_errors=True)


def test_a_backup_goes_out_and_comes_back(cli: Cli, workplace: Path, data: Path) -> None:
    done = cli("backup", workplace, f"--data={data}", "--format=json", cwd=workplace)
    assert done.status == 0, done.err
    path = json.loads(done.out)["path"]
    assert path.startswith(str(workplace / "trainer-2"))
    again = cli("backup", path, f"--data={data}", cwd=workplace)
    assert (again.status, "已经有了" in again.err) == (1, True)
    filled = cli("restore", path, f"--data={data}", cwd=workplace)
    assert (filled.status, "已经有东西" in filled.err) == (1, True)
    done = cli("restore", path, f"--data={workplace / 'other'}", cwd=workplace)
    assert done.status == 0, done.err
    assert "下一步：trainer doctor" in done.out
    assert "installation-config.py" in done.out.replace("\n", "")
    assert (workplace / "other" / "note").read_text() == "kept"


def test_a_hall_on_a_database_server_is_not_forgotten(cli: Cli, workplace: Path, data: Path) -> None:
    with (workplace / "jupyter_config.py").open("a") as file:
        file.write('\nc.HallApp.data = "postgresql://hall:geheim@db.example/hall"\n')
    done = cli("backup", workplace / "b", f"--data={data}", cwd=workplace)
    assert "pg_dump --format=custom" in done.out
    assert "geheim" not in done.out
    done = cli("restore", workplace / "b", f"--data={workplace / 'other'}", cwd=workplace)
    assert "pg_restore" in done.out


def test_without_a_data_folder(cli: Cli, workplace: Path) -> None:
    done = cli("backup", workplace / "b", "--data=nowhere", cwd=workplace)
    assert (done.status, "没有数据文件夹" in done.err) == (1, True)
    assert not (workplace / "b").exists()
