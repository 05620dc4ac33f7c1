"""``python -m trainer.hub.proxy``: what ``c.ConfigurableHTTPProxy.command`` starts."""

from __future__ import annotations

import sys

from trainer.hub.proxy.app import main

sys.exit(main(sys.argv[1:]))
