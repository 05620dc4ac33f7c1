"""Why the hall does not do what it was asked: a Chinese sentence, a stable word for programs, an HTTP status."""

from __future__ import annotations

from collections.abc import Mapping

from trainer.errors import TrainerError


class Refused(TrainerError):
    """``code`` never changes its meaning; ``status`` is the HTTP status; ``retry_after`` is in seconds.

    ``more`` is told beside the sentence, for programs.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        retry_after: int | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.retry_after = status, code, retry_after
        self.more = more or {}


def not_found(what: str) -> Refused:
    """404 with ``what`` as the sentence."""
    return Refused(404, "not-found", what)


def no_assignment(course: str, assignment: str) -> Refused:
    """404: never released, not under this name, or not for whoever asks: nobody learns which."""
    return not_found(f"课程“{course}”没有发布过作业“{assignment}”，或者它不是发给您的。请核对名称。")


def invalid(sentence: str, code: str = "invalid") -> Refused:
    """422: the request was understood, but what it says cannot be used."""
    return Refused(422, code, sentence)


def no_room() -> Refused:
    """507: the disk is full or broken."""
    return Refused(
        507, "no-room", "服务器的磁盘满了或写不进去，这次没有存上。请马上告诉监考老师；腾出空间后再交一次。"
    )


def try_again() -> Refused:
    """503: the database did not answer; nothing was acknowledged."""
    return Refused(
        503, "unavailable", "服务器暂时存不了，这次没有存上。请过几秒钟再试一次，重复提交不要紧。", 3
    )


def busy() -> Refused:
    """503: more is waiting than can be taken on."""
    return Refused(503, "busy", "交卷的人太多，服务器一时忙不过来，这次没有存上。请过几秒钟再试一次。", 2)


def defect() -> Refused:
    """500: ours."""
    return Refused(500, "defect", "服务程序出错了，这次没有存上。请告诉技术人员查看考场服务的日志。")
