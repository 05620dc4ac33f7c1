"""How ``nbgrader generate_feedback`` renders for us: a page in Chinese that fits a phone and needs no network."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter
from traitlets.config import Config

_TEMPLATES = Path(__file__).parent / "templates"


class FeedbackExporter(HTMLExporter):
    """nbconvert's HTML exporter with our feedback template.

    The template's name goes into the exporter's own section of the configuration, since GenerateFeedback writes
    nbgrader's into the section of HTMLExporter, which would win over a class default.
    """

    def __init__(self, config: Config | None = None, **kwargs: Any) -> None:
        own = Config()
        own.FeedbackExporter.template_name = "trainer_feedback"
        # The template escapes what trainees wrote itself; once is enough.
        own.FeedbackExporter.preprocessors = []
        own.FeedbackExporter.extra_template_basedirs = [str(_TEMPLATES)]
        merged = deepcopy(config) if config else Config()
        merged.merge(own)
        super().__init__(config=merged, **kwargs)  # type: ignore[no-untyped-call]
