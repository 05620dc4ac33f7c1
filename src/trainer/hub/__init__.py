"""JupyterHub as we run it: its front, its walls between people, its login, and what runs inside a person's server."""
