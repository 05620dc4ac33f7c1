"""The verbs of a course: each wires the parts together for one command, returns a value and prints nothing."""
