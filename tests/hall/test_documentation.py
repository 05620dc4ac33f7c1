"""The reference names every endpoint, every setting with its default, and every code of a refusal."""

from __future__ import annotations

import re

from trainer.hall.app import HallApp
from trainer.hall.routes import ROUTES
from trainer.hall.rules import Rules


def test_the_reference_is_complete(repository):
    page = (repository / "docs/reference/hall-api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([A-Z]+) ([^`?]+)", page, re.MULTILINE))
    shapes = {(method, shape(path)) for method, path in named}
    assert shapes == {(m, tuple(p or "" for p in path)) for path, methods in ROUTES.items() for m in methods}
    for name, trait in HallApp.class_own_traits(config=True).items():
        if name in {"aliases", "flags"}:
            continue
        default = "空" if trait.default_value == "" else f"`{trait.default_value}`"
        default = "`0o666`" if name == "socket_mode" else default
        assert f"| `{name}` | {default} |" in page
    for name in vars(Rules()):
        assert f"| `{name}` |" in page


def shape(path: str) -> tuple[str, ...]:
    return tuple("" if part in {"c", "a", "u", "格", "编号"} else part for part in path.split("/"))


def test_every_code_is_explained(repository):
    page = (repository / "docs/reference/hall-api.md").read_text(encoding="utf-8")
    codes = set()
    for module in (repository / "src/trainer/hall").glob("*.py"):
        codes |= set(re.findall(r'Refused\(\s*\d+,\s*"([a-z-]+)"', module.read_text(encoding="utf-8")))
    assert len(codes) > 15
    assert {code for code in codes if f"`{code}`" not in page} == set()
