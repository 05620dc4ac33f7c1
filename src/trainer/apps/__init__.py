"""The command line: traitlets applications, as Jupyter's are. They parse, call the workflow and print."""
