"""``python -m trainer.hub.proxy``: what ``c.ConfigurableHTTPProxy.command`` starts.

Listens first and loads the HTTP libraries then.
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from trainer.errors import TrainerError
from trainer.hub.proxy import lifetime
from trainer.hub.proxy.listening import listen
from trainer.hub.proxy.options import parse


def main(arguments: Sequence[str]) -> int:
    """Run until told to end. Returns the exit status; an error is one Chinese sentence on stderr."""
    try:
        options = parse(arguments)
        logging.basicConfig(format="[%(levelname).1s %(asctime)s 入口] %(message)s", level=options.log_level)
        if options.parent is not None:
            lifetime.end_with_parent(options.parent)
        token = _token()
        listeners = listen(options)

        from trainer.hub.proxy.app import run

        run(options, token, listeners)
    except TrainerError as error:
        print(error, file=sys.stderr)
        return error.exit_status
    return 0


def _token() -> str:
    token = os.environ.get("CONFIGPROXY_AUTH_TOKEN", "")
    if not token:
        raise TrainerError(
            "没有令牌：请在环境变量 CONFIGPROXY_AUTH_TOKEN 里给出。由 JupyterHub 启动时它自己会给。"
        )
    return token


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
