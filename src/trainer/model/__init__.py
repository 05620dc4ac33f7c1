"""The nouns: questions, papers, people, marks, standings. Frozen values and arithmetic; no files, no clock."""
