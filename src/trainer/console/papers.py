"""Pages of papers: the overview, building a paper, a paper's round with its verbs."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from trainer.console.given import rules, whole
from trainer.console.pages import Page
from trainer.console.rounds import Round
from trainer.console.survey import Survey
from trainer.errors import Conflict, NotFound, TrainerError, UsageError
from trainer.model.paper import FORM_LETTERS
from trainer.nbgrader.course import Course
from trainer.papers.files import read_blueprint
from trainer.settings import HallExchange

_LONGEST_SEED = 100


class PaperPage(Page):
    """A page about one paper."""

    async def surveyed(self, only: str | None = None) -> tuple[Course, Survey]:
        """The course and its rounds (or only one) as they are now."""

        def look() -> tuple[Course, Survey]:
            course = self.console.place.course()
            return course, self.console.surveyor.rounds(course, self.console.past, only)

        return await self.aside(look)

    async def round(self, paper: str) -> Round:
        """Raises NotFound."""
        _, survey = await self.surveyed(paper)
        return survey.of(paper)


class OverviewPage(PaperPage):
    """Every paper with its state, and what comes next."""

    async def view(self, *_names: str) -> None:
        course, survey = await self.surveyed()
        self.show(
            "overview.html",
            course_id=course.course_id,
            survey=survey,
            now=self.console.now(),
            recent=self.console.jobs.newest_first()[:5],
        )


class MakePage(PaperPage):
    """Build a paper from a blueprint."""

    async def view(self, *_names: str) -> None:
        blueprints = await self.aside(self._blueprints)
        self.show(
            "make.html", blueprints=blueprints, most=len(FORM_LETTERS), folder=self.console.place.folder
        )

    async def act(self, *_names: str) -> None:
        name = self.get_body_argument("blueprint", "")
        listed = await self.aside(self._blueprints)
        chosen = next((one for one in listed if one["file"] == name), None)
        if chosen is None:
            raise NotFound("没有这个命题蓝图。请刷新页面，重新选择。")
        if chosen["problem"]:
            raise UsageError(chosen["problem"])
        seed = self.get_body_argument("seed", "").strip()
        if not seed or len(seed) > _LONGEST_SEED or not seed.isprintable():
            raise UsageError(f"种子应是一行文字，最多 {_LONGEST_SEED} 个字，例如 2026。")
        forms = whole(self, "forms", "平行卷份数", 1, len(FORM_LETTERS))
        if self.ticked("replace"):
            await self._refuse_if_out(chosen["id"])
        given = {"blueprint": name, "seed": seed, "forms": forms, "replace": self.ticked("replace")}
        await self.begin("make", chosen["id"], given)

    async def _refuse_if_out(self, paper: str) -> None:
        """Raises Conflict when people have the paper: another one under its name would be marked with the wrong key."""
        _, survey = await self.surveyed(paper)
        found = next((one for one in survey.rounds if one.paper.id == paper), None)
        if found is not None and (survey.trouble or any(state.released for state in found.forms)):
            why = survey.trouble or f"试卷 {paper} 已经发布。"
            raise Conflict(f"{why}不能替换，什么也没有改动。请在命题蓝图里换一个 id，另组一份。")

    def _blueprints(self) -> list[dict[str, Any]]:
        folder = self.console.place.root / "blueprints"
        found = sorted(path for path in folder.glob("*.y*ml") if path.suffix in (".yaml", ".yml"))
        return [_blueprint(path) for path in found]


def _blueprint(path: Any) -> dict[str, Any]:
    try:
        blueprint = read_blueprint(path)
    except TrainerError as error:  # one bad file among several is shown with its problem
        problem = str(error)
    else:
        title, number = blueprint.title, blueprint.forms
        return {"file": path.name, "id": blueprint.id, "title": title, "forms": number, "problem": ""}
    return {"file": path.name, "id": "", "title": path.name, "forms": 0, "problem": problem}


class RoundPage(PaperPage):
    """One paper: all its verbs in the order of a round."""

    async def view(self, *names: str) -> None:
        course, survey = await self.surveyed(names[0])
        found = survey.of(names[0])
        defaults = HallExchange(config=course.config)
        self.show(
            "round.html",
            round=found,
            trouble=survey.trouble,
            rules=_rules_now(found, defaults),
            graded=self.console.jobs.last("grade", found.paper.id),
            people=len(survey.roster),
        )


def _rules_now(found: Round, defaults: HallExchange) -> dict[str, Any]:
    """What the form of release shows: the rules in force, else those of the contest and of the installation."""
    row = next((state.row for state in found.forms if state.row), None)
    contest = found.contests[0] if len(found.contests) == 1 else None
    if row is None:
        return {
            "opens": contest.opens if contest else None,
            "closes": contest.closes if contest else None,
            "attempts": defaults.attempts or None,
            "counts": defaults.counts,
            "late": defaults.late,
            "grace_seconds": defaults.grace_seconds,
        }
    state = next(state for state in found.forms if state.row)
    kept = {name: row[name] for name in ("attempts", "counts", "late", "grace_seconds")}
    return {"opens": state.opens, "closes": state.closes, **kept}


class VerbPage(PaperPage):
    """The verbs of a paper; each starts a job."""

    async def act(self, *names: str) -> None:
        paper, verb = names
        found = await self.round(paper)
        given = {"paper": found.paper.id, **self._given(verb, found)}
        await self.begin(verb, found.paper.id, given)

    def _given(self, verb: str, found: Round) -> dict[str, Any]:
        if verb == "release":
            return {"rules": rules(self), "everybody": self.ticked("everybody")}
        if verb == "collect":
            return {"saved": self.ticked("saved")}
        if verb == "grade":
            known = {account for state in found.forms for account in state.collected}
            asked = set(self.get_body_arguments("accept"))
            if not asked <= known:
                raise NotFound("选中的账号没有交卷，没有阅卷。请刷新页面，重新选择。")
            return {"accept": sorted(asked)}
        if verb == "export-marks":
            return {"everyone": self.ticked("everyone"), "anonymous": self.ticked("anonymous")}
        if verb == "feedback":
            return {"release": self.ticked("release")}
        return {}


class EssaysPage(PaperPage):
    """On to formgrader, at the next answer that waits for a person."""

    async def view(self, *names: str) -> None:
        found = await self.round(names[0])
        notebook = next((state.marking.first for state in found.forms if state.marking.first), None)
        if notebook is None:
            if any(state.ungraded for state in found.forms):
                raise Conflict("还有交卷没有阅。请先阅卷，再评阅案例题。")
            self.go(f"papers/{quote(found.paper.id)}#essays")
            return
        # The hub starts the instructor's own server if need be; formgrader's “Next” goes on in the same order.
        target = f"{self.console.base}hub/user-redirect/formgrader/submissions/{quote(notebook)}/"
        self.redirect(target)
