"""What rests on regulations that were replaced: for when a new version of a document comes into force."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from trainer.bank.reader import Bank, Entry
from trainer.errors import NotFound
from trainer.model.question import Status
from trainer.model.regulation import ChangedArticle, Regulation

_NOT_COMPARED = "没有登记这一条的变化，请对照新旧条文"


@dataclass(frozen=True)
class Replaced:
    """A regulation and the one that replaced it."""

    old: Regulation
    new: Regulation

    def change(self, article: int) -> ChangedArticle | None:
        """What became of an article of the old one, if it was compared."""
        return next((one for one in self.old.changed_articles if one.article == article), None)

    def said(self, article: int) -> str:
        """The change of an article of the old one, in words."""
        change = self.change(article)
        if change is None:
            return _NOT_COMPARED
        return f"{change.what}（{f'新版第{change.becomes}条' if change.becomes else '新版没有了'}）"


@dataclass(frozen=True)
class Resting:
    """A question that rests on an article of a replaced regulation, or on one that the new one changed."""

    entry: Entry
    article: str
    what: str
    on_old: bool

    @property
    def state(self) -> str:
        """What has to be done about it."""
        if self.entry.question.status is Status.RETIRED:
            return "已停用"
        return "要改或者停用" if self.on_old else "已按新版"


def replaced(regulations: Mapping[str, Regulation], since: str = "") -> list[Replaced]:
    """The regulations that were replaced: all, or those meant by ``since``.

    ``since`` is a day (replaced by what came into force on or after it), or words of the old one: its id, version or
    short name, such as 2014版. Raises NotFound.
    """
    pairs = [
        Replaced(old, regulations[old.replaced_by])
        for old in regulations.values()
        if old.replaced_by is not None
    ]
    found = [pair for pair in pairs if not since or _meant(pair, since)]
    if since and not found:
        known = "、".join(f"《{pair.old.short_name}》{pair.old.version}" for pair in pairs) or "（没有）"
        raise NotFound(f"登记表里没有“{since}”这样的被取代的法规，现有：{known}。日期请写成 2026-05-11。")
    return found


def _meant(pair: Replaced, since: str) -> bool:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", since):
        try:
            day = date.fromisoformat(since)
        except ValueError:
            return False
        return pair.new.in_force_since is not None and pair.new.in_force_since >= day
    words = since.strip().rstrip("版年")
    return bool(words) and any(words in text for text in (pair.old.id, pair.old.version, pair.old.short_name))


def resting_on(bank: Bank, pairs: Iterable[Replaced]) -> Iterator[Resting]:
    """The questions of a bank that rest on the old regulations, then those on the articles that the new ones changed."""
    for pair in pairs:
        changed = {one.becomes: one for one in pair.old.changed_articles if one.becomes is not None}
        for entry in bank.entries:
            for source in entry.question.sources:
                if source.regulation == pair.old.id:
                    yield Resting(
                        entry, pair.old.cite(source.article), pair.said(source.article), on_old=True
                    )
                elif source.regulation == pair.new.id and source.article in changed:
                    what = changed[source.article].what
                    yield Resting(entry, pair.new.cite(source.article), what, on_old=False)
