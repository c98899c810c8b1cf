"""Find what is wrong with the settings, before anything is sent (pure).

`rules` are functions that take the settings and yield defects. `engine` runs the checks that it is
given. `repair` says how a defect is repaired in the ``.env`` file. Nothing
here opens a connection or writes a file.
"""
