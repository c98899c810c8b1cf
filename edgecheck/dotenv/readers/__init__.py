"""How different programs read a ``.env`` file, one file for each of them (pure).

The same file is often given to python-dotenv, to Node's dotenv, to ``docker run --env-file`` and to
a shell's ``source``, and each has its own rules. The rules were found by experiment; the tests
repeat the experiments with each of the programs that is installed.
"""
