"""The instructor's page (教务台): the workflow's verbs in a browser."""
