"""The JSON Schema of question files, generated from the models of the kinds."""

from __future__ import annotations

from typing import Any

from trainer.kinds.base import all_kinds
from trainer.model.question import BANK_FORMAT, Status

#: Only drafts may be without sources and explanation.
_MORE_THAN_A_DRAFT = {
    "if": {"not": {"properties": {"status": {"const": Status.DRAFT.value}}, "required": ["status"]}},
    "then": {"properties": {"sources": {"minItems": 1}, "explanation": {"minLength": 1}}},
}


def bank_schema() -> dict[str, Any]:
    """A JSON Schema (2020-12) of one question file; each kind is one branch, chosen by ``kind``."""
    definitions: dict[str, Any] = {}
    branches = []
    for name, kind in all_kinds().items():
        schema = kind.question_type.model_json_schema(ref_template="#/$defs/{model}", mode="validation")
        definitions |= schema.pop("$defs", {})
        schema["title"] = kind.title
        schema["description"] = f"{kind.title}。作答提示：{kind.instruction}。"
        definitions[f"question-{name}"] = schema
        condition = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
        branches.append({"if": condition, "then": {"$ref": f"#/$defs/question-{name}"}})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "题库文件",
        "description": "一个专题的若干道题",
        "type": "object",
        "additionalProperties": False,
        "required": ["format", "topic", "questions"],
        "properties": {
            "format": {"const": BANK_FORMAT, "description": "题库格式的版本"},
            "topic": {"type": "string", "description": "专题编号，见 topics.yaml"},
            "questions": {
                "type": "array",
                "description": "题目",
                "items": {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"enum": list(all_kinds()), "description": "题型"}},
                    "allOf": [*branches, _MORE_THAN_A_DRAFT],
                },
            },
        },
        "$defs": definitions,
    }
