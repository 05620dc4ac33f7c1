"""Everything that knows nbgrader: source notebooks, submissions, the gradebook, its commands and preprocessors."""
