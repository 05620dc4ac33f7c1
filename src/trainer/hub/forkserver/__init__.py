"""The fork server: starts people's servers, within their walls, from a process that has everything imported already.

A server that forks instead of starting shares the memory of all that code with the others and is there at once.
"""
