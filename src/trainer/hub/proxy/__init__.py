"""The front: the one process that listens on a public port, driven by JupyterHub through configurable-http-proxy's API."""
