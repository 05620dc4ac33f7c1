"""What docs/take_screenshots.py works with: a camera for pages, and made-up cadres who sit a paper without a browser."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page

REPOSITORY = Path(__file__).resolve().parents[1]
# The tests know how to start a server, to drive a browser, and what a paper looks like.
sys.path.insert(0, str(REPOSITORY))
sys.path.insert(0, str(REPOSITORY / "tests" / "support"))

from tests.live.conftest import LiveServer, Person  # noqa: E402

from browsing import context_of, only_our_fonts  # noqa: E402
from trainer.grading.mark import treatment_of  # noqa: E402
from trainer.model.paper import Form  # noqa: E402
from trainer.simulation.answers import Essay, essay, typed_answer  # noqa: E402

WIDE, PHONE = (1280, 800), (360, 740)
LARGEST = 120_000  # bytes of a picture
#: Names of files, accounts and notations, which are no prose.
KNOWN_WORDS = {
    "Excel",
    "JupyterLab",
    "formgrader",
    "nbgrader",
    "Word",
    "CSV",
    "JSON",
    "SHA",
    "leitai",
    "jiaoyuan",
}
COURSE = "leitai"
SEED = 2026


@contextmanager
def demo_server() -> Iterator[LiveServer]:
    """A throw-away server whose name says on every page that the county is made up."""
    folder = Path(tempfile.mkdtemp(prefix="trainer-pictures-", dir="/var/tmp"))
    folder.chmod(0o711)
    config = (REPOSITORY / "jupyter_config.py").read_text(encoding="utf-8")
    config += '\nc.Accounts.installation = "虚构县党务干部培训平台"\n'
    (folder / "jupyter_config.py").write_text(config, encoding="utf-8")
    for name in ("question_bank", "courses"):
        (folder / name).symlink_to(REPOSITORY / name)
    server = LiveServer(folder, folder)
    try:
        yield server.start()
    finally:
        server.stop()
        shutil.rmtree(server.data.runtime, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


class Camera:
    """Writes pictures of pages into a folder, as small as they can be."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.taken: list[str] = []

    def shoot(self, page: Page, name: str, *, whole: int = 0) -> None:
        """Take what is visible, or the whole page down to ``whole`` CSS pixels. A phone's picture is called ``…-360``."""
        assert page.viewport_size is not None
        phone = page.viewport_size["width"] == PHONE[0]
        page.evaluate("document.fonts.ready.then(() => true)")
        self.look(page, name)
        height = min(whole, page.evaluate("document.documentElement.scrollHeight")) if whole else 0
        clip = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": height}
        # A whole page is long: one dot per CSS pixel is enough to see how it goes on.
        extent: dict[str, Any] = {"full_page": True, "clip": clip, "scale": "css"} if height else {}
        shot = page.screenshot(animations="disabled", **extent)
        self.keep(Image.open(io.BytesIO(shot)), f"{name}-360" if phone else name)

    def look(self, page: Page, name: str) -> None:
        """Say what a glance would miss: words that are not Chinese, and pages wider than the screen."""
        found = set(re.findall(r"[A-Za-z]{3,}", page.evaluate("document.body.innerText"))) - KNOWN_WORDS
        odd = sorted(word for word in found if not re.match(r"sl\d|trainer", word))
        if odd:
            print(f"　{name}：不是中文的词 {'、'.join(odd[:12])}")
        if page.evaluate("document.scrollingElement.scrollWidth > window.innerWidth"):
            print(f"　{name}：比屏幕宽")

    def keep(self, image: Image.Image, name: str) -> None:
        """Store a picture with as many colours as fit into the largest size."""
        path = self.folder / f"{name}.png"
        for colours in (128, 64, 32, 16):
            reduced = image.convert("RGB").quantize(colours, dither=Image.Dither.NONE)
            reduced.save(path, optimize=True)
            if path.stat().st_size <= LARGEST:
                break
        else:
            sys.exit(f"{path.name} 有 {path.stat().st_size // 1000} kB，太大")
        self.taken.append(path.name)
        print(f"{path.name}　{path.stat().st_size // 1000} kB", flush=True)


@dataclass(frozen=True)
class Screens:
    """Somebody who is logged in, at a desk and on a phone."""

    wide: Page
    phone: Page

    @classmethod
    def of(cls, browser: Browser, logged_in: BrowserContext) -> Screens:
        """The phone knows the same logins."""
        state = logged_in.storage_state()
        phone = context_of(browser, *PHONE, storage_state=state, device_scale_factor=2)
        return cls(logged_in.pages[0], phone.new_page())

    def both(self, camera: Camera, url: str, name: str, *, whole: int = 0) -> None:
        """The page at an address, on both."""
        for page in (self.wide, self.phone):
            page.goto(url, wait_until="networkidle")
            camera.shoot(page, name, whole=whole)


def made_up_answers(form: Form, account: str, ability: float) -> tuple[dict[str, str], dict[str, Essay]]:
    """What a cadre types into each cell, and the essays among that with the marks that they will get."""
    random = Random(f"{SEED}/{form.assignment}/{account}")  # noqa: S311 - a simulation, not a secret
    typed: dict[str, str] = {}
    essays: dict[str, Essay] = {}
    for item in form.items:
        if treatment_of(item) == "manual":
            essays[item.cell] = essay(item, ability, random)
            typed[item.cell] = essays[item.cell].text
        else:
            typed[item.cell] = typed_answer(item, ability, random)
    return typed, essays


def sit(server: LiveServer, account: str, assignment: str, answers: Mapping[str, str], hand_in: bool) -> None:
    """Open the paper on the own server, write, save, and hand in or go on thinking."""
    person = Person(server, account).log_in("lianxi-2026-mima").open_server()
    assert person.get(f"trainer/open/{COURSE}/{assignment}", allow_redirects=False).status_code == 302
    path = f"api/contents/{COURSE}/{assignment}/{assignment}.ipynb"
    content = person.get(path).json()["content"]
    for cell in content["cells"]:
        cell["source"] = answers.get(cell["metadata"].get("nbgrader", {}).get("grade_id")) or cell["source"]
    saved = person.send("PUT", path, json={"type": "notebook", "format": "json", "content": content})
    assert saved.status_code == 200, saved.text
    if hand_in:
        answer = person.send("POST", f"trainer/submit/{COURSE}/{assignment}", allow_redirects=False)
        assert answer.status_code == 303, answer.text
    person.get("/hub/logout")


def all_sit(server: LiveServer, plan: Sequence[tuple[str, str, Mapping[str, str], bool]]) -> None:
    """Everybody of the plan, a few at a time."""
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda one: sit(server, *one), plan))


def picture_of_slips(sheet: Path, camera: Camera) -> None:
    """The first page of the slips, when there are programs that can draw it."""
    soffice, pdftoppm = shutil.which("soffice"), shutil.which("pdftoppm")
    if soffice is None or pdftoppm is None:
        print("没有 soffice 或 pdftoppm，密码条的图略过。")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = f"-env:UserInstallation=file://{folder}/home"
        convert = [soffice, home, "--headless", "--convert-to", "pdf", "--outdir", folder, str(sheet)]
        fonts = only_our_fonts(Path(folder), "/usr/share/fonts")
        environment = os.environ | {"FONTCONFIG_FILE": str(fonts)}
        subprocess.run(convert, check=True, capture_output=True, timeout=180, env=environment)
        pdf = Path(folder, sheet.stem + ".pdf")
        draw = [pdftoppm, "-png", "-r", "90", "-l", "1", "-singlefile", str(pdf), f"{folder}/page"]
        subprocess.run(draw, check=True, capture_output=True, timeout=60)
        image = Image.open(f"{folder}/page.png")
        image.load()
    camera.keep(image, "slips")
