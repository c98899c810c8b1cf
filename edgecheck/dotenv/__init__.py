"""The text of a ``.env`` file: its statements, its readers, edits, and what git does with it."""
