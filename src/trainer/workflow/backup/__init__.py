"""Everything that a server keeps, into one file while it runs, and back into an empty folder.

What is copied, and in which order, is in :mod:`contents`; SQLite files are copied by :mod:`databases`; the file itself is
described in :mod:`archive`. See docs/how-to/operate-server.md.
"""
