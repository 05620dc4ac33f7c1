"""What every question has, whatever its kind. The kinds add their options and keys in :mod:`trainer.kinds`."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic_core import PydanticKnownError

from trainer.model.points import Hundredths, to_hundredths

#: The version of the bank's file format (题库格式版本); readers refuse files of another version.
BANK_FORMAT = 1

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)]
#: Text that people read. The bank's reader keeps unquoted numbers as typed, so its schema lets them through.
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1),
    WithJsonSchema({"type": ["string", "number"], "minLength": 1}),
]

#: Text that may be empty where the model says so.
Said = Annotated[
    str, StringConstraints(strip_whitespace=True), WithJsonSchema({"type": ["string", "number"]})
]


def _decimal_from_yaml(value: object) -> object:
    # A YAML number arrives as a float; its shortest decimal form is what the author typed.
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _one_from_text(value: object) -> object:
    return 1 if value == "1" else value


#: The version of a file format; in files that people write, scalars arrive as text.
FormatOne = Annotated[Literal[1], BeforeValidator(_one_from_text)]
ExactDecimal = Annotated[Decimal, BeforeValidator(_decimal_from_yaml)]


class Status(StrEnum):
    """How far a question has come; only reviewed ones reach a paper."""

    DRAFT = "draft"
    REVIEWED = "reviewed"
    RETIRED = "retired"


class Strict(BaseModel):
    """Base of everything read from files that people edit: frozen, and unknown keys are errors."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Source(Strict):
    """The article that a question rests on."""

    regulation: Identifier = Field(description="法规编号，见 regulations.yaml")
    article: int = Field(gt=0, description="第几条")


class Question(Strict):
    """Something asked, with its source. Identity is ``id`` and ``version``, never the file it lies in."""

    id: Identifier = Field(description="题目编号：小写字母、数字和短横线；一经使用不再改变")
    version: int = Field(ge=1, description="版本号：题干、选项或答案有改动就加一")
    kind: str = Field(description="题型")
    status: Status = Field(description="状态：draft 草稿、reviewed 已审、retired 停用；只有已审的题会进试卷")
    points: ExactDecimal = Field(gt=0, le=100, decimal_places=2, description="默认分值，试卷的大题可以另定")
    facility: float = Field(gt=0, lt=1, description="预计得分率（难度系数），0 到 1，越大越容易")
    sources: tuple[Source, ...] = Field(description="依据：法规和条，至少一条；草稿可以先空着，写 []")
    facts: tuple[str, ...] = Field(default=(), description="资料编号，供出题人追溯，可不填")
    stem: Text = Field(description="题干，Markdown")
    explanation: Said = Field(description='解析：作答后给学员看的道理，用自己的话写；草稿可以先空着，写 ""')
    author_note: str = Field(default="", description="出题人备注，不给学员看，可不填")

    @field_validator("sources")
    @classmethod
    def _rests_on_something(cls, sources: tuple[Source, ...], info: ValidationInfo) -> tuple[Source, ...]:
        if not sources and info.data.get("status") is not Status.DRAFT:
            context = {"field_type": "Tuple", "min_length": 1, "actual_length": 0}
            raise PydanticKnownError("too_short", context)
        return sources

    @field_validator("explanation")
    @classmethod
    def _says_why(cls, explanation: str, info: ValidationInfo) -> str:
        if not explanation and info.data.get("status") is not Status.DRAFT:
            raise PydanticKnownError("string_too_short", {"min_length": 1})
        return explanation

    @property
    def hundredths(self) -> Hundredths:
        """Default points in hundredths."""
        return to_hundredths(self.points)

    def snapshot(self) -> dict[str, Any]:
        """The question as plain JSON data, everything included: what a paper keeps of it."""
        return self.model_dump(mode="json", exclude_defaults=True)
