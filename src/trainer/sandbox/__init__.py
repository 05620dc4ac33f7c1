"""Code of people who want marks, run where it can reach nothing, and judged where it cannot reach. See docs/explanation/sandbox.md."""
