"""Find the programs that read a ``.env`` file here: what starts the agent (I/O).

`search` looks at files of known names around the ``.env`` file, within limits; the other modules
say what each kind of file means, from its text alone.
"""
