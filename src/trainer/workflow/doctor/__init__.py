"""What is missing or unsafe on this machine, in this installation and in its data folder: a sentence each, with the cure."""
