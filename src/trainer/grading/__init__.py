"""Marking (阅卷): answers are compared with the key; nothing of a submission is executed here."""
