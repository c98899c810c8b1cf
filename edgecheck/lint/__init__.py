"""From the settings to what is wrong with them, before anything is sent (pure).

`rules` are functions of the settings that yield defects, `engine` walks the entries of the
catalogue that it is handed, `repair` says how a defect is repaired in the ``.env`` file. Nothing
here opens a connection or writes a file.
"""
