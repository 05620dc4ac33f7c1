"""With --import-mode=importlib a test folder is not on sys.path, so what the tests share comes as fixtures."""
