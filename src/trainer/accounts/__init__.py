"""Accounts: who may log in, with which password, and the slips on which people get their first one."""
