"""The text of a ``.env`` file: its statements, who reads what in it, edits that change nothing beside them, and git's view."""
