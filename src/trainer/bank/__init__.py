"""The question bank (题库): read, check, count."""
