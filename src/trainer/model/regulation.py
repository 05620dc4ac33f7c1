"""Regulations (党内法规) and their articles: what a question rests on."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from trainer.model.question import Identifier, Source, Strict, Text


class RetiredArticle(Strict):
    """An article that a later document has overtaken."""

    article: int = Field(gt=0, description="第几条")
    reason: Text = Field(description="为什么不能再引用")


class ChangedArticle(Strict):
    """An article whose content the next version of its document changed."""

    article: int = Field(gt=0, description="这一版的第几条")
    becomes: int | None = Field(default=None, gt=0, description="新版的第几条；新版没有了就不填")
    what: Text = Field(description="改了什么，一句话")


class Regulation(Strict):
    """A document in force from a date, and the articles of it that were read."""

    id: Identifier = Field(description="法规编号，题目用它引用")
    name: Text = Field(description="全称")
    short_name: Text = Field(description="简称，显示在解析和反馈里")
    issuing_body: Text = Field(description="发布机关")
    version: Text = Field(description="版本，例如 2026年修订")
    in_force_since: date | None = Field(default=None, description="施行日期；没有核对过就不填")
    replaced_by: Identifier | None = Field(default=None, description="已被哪一部法规取代")
    articles: tuple[int, ...] = Field(min_length=1, description="核对过原文、题目可以引用的条")
    retired_articles: tuple[RetiredArticle, ...] = Field(
        default=(), description="已被新规定重排、不能再引用的条"
    )
    changed_articles: tuple[ChangedArticle, ...] = Field(
        default=(), description="被取代以后：逐条对照过、内容有变化的条；trainer bank stale 据此说明改了什么"
    )
    verified: Text = Field(description="在哪里、怎样核对的")

    def cite(self, article: int) -> str:
        """For example 《发展党员工作细则》（2026年修订）第7条."""
        return f"《{self.short_name}》（{self.version}）第{article}条"


def cite_all(sources: tuple[Source, ...], regulations: dict[str, Regulation]) -> str:
    """All sources of a question in one phrase, for feedback and reports."""
    return "、".join(regulations[source.regulation].cite(source.article) for source in sources)
