"""The thin client is thin, and says what is wrong in the server's words."""

from __future__ import annotations

import subprocess
import sys

import pytest

from trainer.errors import TrainerError
from trainer.hall.client import HallClient, HallForbidden, HallNotFound, HallUnreachable

HEAVY = ("nbgrader", "tornado", "sqlalchemy", "jupyter", "traitlets", "pydantic", "aiohttp", "nacl", "yaml")


def test_importing_the_client_imports_nothing_heavy():
    program = (
        "import sys; import trainer.hall.client; "
        f"print([m for m in sys.modules if m.partition('_')[0].partition('.')[0] in {HEAVY!r}])"
    )
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_errors_carry_status_code_and_the_sentence(zhang, hall):
    with pytest.raises(HallNotFound, match="没有发布过作业“没有的”") as raised:
        zhang.assignment("dangwu", "没有的")
    assert (raised.value.status, raised.value.code) == (404, "not-found")
    with pytest.raises(HallForbidden, match="没有登录"):
        hall.client("nonsense").assignments()


def test_an_unreachable_hall_is_said_to_be_so(place):
    client = HallClient(f"http+unix://{str(place / 'none.sock').replace('/', '%2F')}/services/hall/", "t")
    with pytest.raises(HallUnreachable, match="连不上考场服务"):
        client.time()


def test_from_environment(hall, monkeypatch):
    monkeypatch.setenv("TRAINER_HALL_URL", hall.url)
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "token-zhang")
    assert HallClient.from_environment().key()["algorithm"] == "Ed25519"
    monkeypatch.delenv("TRAINER_HALL_URL")
    with pytest.raises(HallUnreachable, match="没有连上考场服务"):
        HallClient.from_environment()


def test_an_address_that_is_none():
    with pytest.raises(TrainerError, match="地址"):
        HallClient("/services/hall/", "t")
