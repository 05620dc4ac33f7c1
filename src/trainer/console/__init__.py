"""The instructor's page (教务台): the workflow's verbs in a browser."""

import sys

# jsonschema, which nbformat loads, builds a grammar of IRIs when it finds this package: half of the time that a worker
# takes to start. Notebooks have no IRIs to check. None makes the import fail, which jsonschema is prepared for.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
