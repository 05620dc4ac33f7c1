"""Which path of learning leads where; added to those of :mod:`trainer.hall.routes`."""

from __future__ import annotations

from trainer.hall import learning_endpoints as learning
from trainer.hall.endpoint import INSTRUCT, OWN, TAKE, Endpoint, answer_size, little, released_size

Paths = dict[tuple[str | None, ...], dict[str, Endpoint]]

ROUTES: Paths = {
    ("lessons", None): {
        "PUT": Endpoint(learning.publish_lesson, INSTRUCT, released_size, audited=True),
        "DELETE": Endpoint(learning.withdraw_lesson, INSTRUCT, audited=True),
    },
    ("lessons", None, "files"): {"GET": Endpoint(learning.lesson_files, TAKE, cost=2)},
    ("learning",): {"GET": Endpoint(learning.overview, OWN, cost=2)},
    ("lessons",): {"GET": Endpoint(learning.summary, INSTRUCT, cost=20)},
    ("learning", None): {"PUT": Endpoint(learning.open_lesson, OWN, little)},
    ("learning", None, "exercises", None): {"PUT": Endpoint(learning.try_exercise, OWN, answer_size)},
    ("mistakes",): {"GET": Endpoint(learning.mistakes, OWN, cost=2)},
    ("mistakes", None): {"PUT": Endpoint(learning.practise, OWN, little)},
}
