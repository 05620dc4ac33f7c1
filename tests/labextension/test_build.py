"""What browsers load is committed, so that nobody needs node; it must be what the sources make."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from trainer.hub.singleuser.frontend import EXTENSIONS, labextensions

BUILT = EXTENSIONS.parent
NAME = "trainer-questions"
PARTS = ("src", "style", "scripts", "package.json", "package-lock.json", "tsconfig.json")
REBUILD = "前端的源文件改过而没有重新编译：请在 labextension/ 里运行 make labextension，再提交 src/trainer/labextension/"


@pytest.fixture(scope="module")
def sources(repository: Path) -> Path:
    return repository / "labextension"


def digests(sources: Path) -> dict[str, str]:
    files = [file for part in PARTS for file in ([sources / part, *(sources / part).rglob("*")])]
    return {
        file.relative_to(sources).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
        if file.is_file()
    }


def test_the_build_is_of_these_sources(sources):
    lines = (BUILT / "sources.sha256").read_text(encoding="utf-8").splitlines()
    built = {path: digest for digest, path in (line.split("  ", 1) for line in lines)}
    now = digests(sources)
    stale = sorted(path for path in built.keys() | now.keys() if built.get(path) != now.get(path))
    assert stale == [], REBUILD


def test_the_extension_is_where_servers_look_for_it():
    assert labextensions() == [str(EXTENSIONS)]
    package = json.loads((EXTENSIONS / NAME / "package.json").read_text(encoding="utf-8"))
    loaded = package["jupyterlab"]["_build"]["load"]
    assert package["name"] == NAME
    assert (EXTENSIONS / NAME / loaded).is_file()


#: Newer than Chrome 90 (April 2021), which is what an old telephone has; esbuild rewrites syntax, not what is called.
TOO_NEW = {
    ".js": r"structuredClone|\.at\(|\.findLast|Object\.hasOwn|Object\.groupBy|\.toSorted|\.toReversed|\.replaceAll\(|Array\.fromAsync|"
    r"Promise\.withResolvers|static\s*\{|AbortSignal\.(?:timeout|any)|crypto\.randomUUID|\.showPopover",
    ".css": r":has\(|@container|@layer|@property|color-mix|oklch|\b\d+(?:dvh|svh|lvh)\b|text-wrap|:user-valid|&\s|@scope|scrollbar-gutter",
}


def test_pages_ask_for_nothing_newer_than_chrome_90(repository):
    own = repository / "src/trainer"
    others = [own / "hub/static/trainer.css", own / "hub/static/trainer.js", own / "hall/static/hall.css"]
    consoles = [own / "console/static/console.css", own / "console/static/console.js"]
    for file in [*(BUILT / "page").iterdir(), *others, *consoles]:
        found = re.findall(TOO_NEW[file.suffix], file.read_text(encoding="utf-8"))
        assert found == [], file


def test_nothing_in_it_names_a_machine_or_a_registry(sources, repository):
    for file in [*BUILT.rglob("*"), sources / "package-lock.json", sources / ".npmrc"]:
        if file.is_file():
            text = file.read_text(encoding="utf-8")
            assert str(repository) not in text, file
            assert '"resolved"' not in text, file
            assert "registry." not in text, file


def test_a_wheel_carries_it(repository, tmp_path):
    """Built by the backend that pip uses, without a network."""
    code = "import sys; from hatchling.build import build_wheel; print(build_wheel(sys.argv[1]))"
    subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=repository,
        check=True,
        capture_output=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    wanted = {
        f"trainer/labextension/{file.relative_to(BUILT)}" for file in BUILT.rglob("*") if file.is_file()
    }
    assert wanted <= names
    assert not [name for name in names if "node_modules" in name]


@pytest.mark.skipif(
    shutil.which("node") is None
    or not (Path(__file__).parents[2] / "labextension" / "node_modules").is_dir(),
    reason="node and labextension/node_modules (npm ci) are needed",
)
@pytest.mark.parametrize("script", ["check", "test"])
def test_the_typescript_is_sound(sources, script):
    ended = subprocess.run(
        ["npm", "run", "--silent", script],
        cwd=sources,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert ended.returncode == 0, ended.stdout[-4000:] + ended.stderr[-2000:]
