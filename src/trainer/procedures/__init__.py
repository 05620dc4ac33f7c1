"""The computations of branch work as pure functions: every threshold names the article that it rests on."""
