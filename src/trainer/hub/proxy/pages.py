"""What people see when the front itself has to answer: one Chinese sentence, on a page that fits a phone, or as JSON."""

from __future__ import annotations

import json
from typing import NamedTuple

from aiohttp import ClientResponse
from aiohttp.web import BaseRequest, Response


class Notice(NamedTuple):
    """A stable word for programs, and the sentence for people."""

    code: str
    sentence: str


NOTICES = {
    400: Notice("bad-request", "这个请求不合规范，没有转交。请刷新页面重试；还不行，请从首页重新进入。"),
    404: Notice("no-route", "没有这个地址。请从首页重新进入。"),
    405: Notice("bad-method", "不支持这种请求。请从首页重新进入。"),
    408: Notice("upload-stalled", "上传中断太久，没有收全，也没有保存。请检查网络后重试。"),
    413: Notice("too-large", "提交的内容太大，没有收下。请减小文件后再交。"),
    417: Notice("bad-expectation", "不支持这种请求。请从首页重新进入。"),
    431: Notice("head-too-large", "请求头太长。请清除浏览器里本网站的 Cookie，再从首页进入。"),
    500: Notice("front-failed", "入口出错，请求没有完成。请稍后刷新；还不行，请告诉管理员。"),
    503: Notice("not-available", "服务正在启动或已停止，请稍后刷新。您已经交上去的答卷不受影响。"),
}
TOO_MANY = Notice("too-many-connections", "现在连接的人太多，请稍等片刻再刷新。您已经交上去的答卷不受影响。")

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>{title}</title><style>
body{{margin:0;font:1.125rem/1.8 system-ui,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif;color:#222;background:#fafafa}}
main{{max-width:32rem;margin:15vh auto 0;padding:0 1.25rem}}
a{{display:inline-block;padding:.5rem 1.5rem;border-radius:.375rem;background:#b3261e;color:#fff;text-decoration:none}}
small{{color:#666}}
</style></head><body><main><p>{sentence}</p><p><a href="">刷新</a></p><p><small>{status}</small></p></main></body></html>
"""
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Server": "trainer",  # without it aiohttp tells its version
}


def wants_page(request: BaseRequest) -> bool:
    """Whether a person looks at the answer: browsers ask for HTML when they open a page, programs do not."""
    return "text/html" in request.headers.get("Accept", "")


def notice(request: BaseRequest, status: int, about: Notice | None = None) -> Response:
    """The front's own answer; what it says is found in ``NOTICES`` unless given.

    Unless it is 404 or 503, the connection ends with it: the client does not speak HTTP as we do, or still sends.
    """
    about = about or NOTICES[status]
    if wants_page(request):
        response = Response(
            text=html_page(status, about), content_type="text/html", status=status, headers=_HEADERS
        )
    else:
        text = json.dumps({"message": about.sentence, "code": about.code}, ensure_ascii=False)
        response = Response(text=text, content_type="application/json", status=status, headers=_HEADERS)
    if status == 503:
        response.headers["Retry-After"] = "5"
    if status not in (404, 503):
        response.force_close()
    return response


def healthy() -> Response:
    """What configurable-http-proxy answers at ``/_chp_healthz``."""
    return Response(text='{"status": "OK"}', content_type="application/json", headers=_HEADERS)


def passed_on(answer: ClientResponse, body: bytes, status: int) -> Response | None:
    """The hub's page for an error, under that error's status. None if the hub gave no page."""
    if answer.status != 200 or answer.content_type != "text/html":
        return None
    headers = {
        name: answer.headers[name]
        for name in ("Content-Type", "Content-Security-Policy")
        if name in answer.headers
    }
    return Response(body=body, status=status, headers={**_HEADERS, **headers})


def html_page(status: int, about: Notice) -> str:
    """The page itself."""
    return _PAGE.format(
        title="请稍候" if status == 503 else "没有完成", sentence=about.sentence, status=status
    )


def busy_answer() -> bytes:
    """A whole HTTP answer for a connection that is turned away before anything of it was read."""
    body = html_page(503, TOO_MANY).encode()
    head = (
        "HTTP/1.1 503 Service Unavailable\r\n"
        "Content-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Cache-Control: no-store\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body
