"""Leaderboards: publish, look at, download."""

from __future__ import annotations

import mimetypes
from urllib.parse import quote

from tornado.web import HTTPError

from trainer.console.pages import Page, protect
from trainer.console.survey import BOARD_PAGE, board_folder
from trainer.errors import NotFound
from trainer.model.contest import ContestRules
from trainer.workflow.inside import files_inside, open_inside
from trainer.workflow.leaderboard import contest_named

_CHUNK = 256 * 1024
#: The exported page stands alone: it needs its own styles and drawings and nothing else, no script above all.
_SANDBOX = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; form-action 'none'; "
    "base-uri 'none'"
)


class FilePage(Page):
    """A page that can hand out a file."""

    async def send_file(self, names: tuple[str, ...], *, shown: bool = False) -> None:
        """A file of the course folder, to be saved or (``shown``) looked at in a sandbox. Raises NotFound."""
        root = self.console.place.root
        with await self.aside(lambda: open_inside(root, *names)) as file:
            if shown:
                protect(self, _SANDBOX)
                self.set_header("Content-Type", "text/html; charset=utf-8")
            else:
                attach(self, names[-1])
            while chunk := await self.aside(lambda: file.read(_CHUNK)):
                self.write(chunk)
                await self.flush()
        self.finish()


def attach(handler: Page, name: str) -> None:
    """Headers of a download: never opened in the page's own place, whatever is in it."""
    protect(handler, "sandbox; default-src 'none'")
    handler.set_header("Content-Type", mimetypes.guess_type(name)[0] or "application/octet-stream")
    handler.set_header("Content-Disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}")


class BoardPage(FilePage):
    """A contest's board and its files."""

    async def view(self, *names: str) -> None:
        rules, folder = await self._contest(names[0])
        root = self.console.place.root
        files = await self.aside(lambda: [path.name for path in files_inside(root, *folder)])
        order = sorted(files, key=lambda name: (_ORDER.get(name.rpartition(".")[2], 9), name))
        self.show("board.html", rules=rules, files=order, made=BOARD_PAGE in files)

    async def act(self, *names: str) -> None:
        rules, _ = await self._contest(names[0])
        await self.begin("publish", rules.id, {"contest": rules.id})

    async def _contest(self, name: str) -> tuple[ContestRules, tuple[str, ...]]:
        def look() -> tuple[ContestRules, tuple[str, ...]]:
            course = self.console.place.course()
            if "." in name:  # contest_named would take it for a path
                raise NotFound("没有这场比赛。请回总览看看。")
            rules = contest_named(course, name)
            return rules, board_folder(course, rules.id)

        return await self.aside(look)


_ORDER = {"html": 0, "xlsx": 1, "csv": 2, "png": 3, "svg": 4, "json": 5}


class BoardView(BoardPage):
    """The exported page itself."""

    async def view(self, *names: str) -> None:
        _, folder = await self._contest(names[0])
        await self.send_file((*folder, BOARD_PAGE), shown=True)

    async def act(self, *_names: str) -> None:
        raise HTTPError(405)


class BoardFile(BoardView):
    """One file of a board."""

    async def view(self, *names: str) -> None:
        _, folder = await self._contest(names[0])
        await self.send_file((*folder, names[1]))
