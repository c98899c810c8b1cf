"""What other programs than python-dotenv read in the text of a ``.env`` file, one file a reader (pure).

The same file is often handed to Node's dotenv, to ``docker run --env-file`` or to a shell's
``source``, and each has rules of its own. They were measured; the tests measure them again wherever
the programs are installed.
"""
