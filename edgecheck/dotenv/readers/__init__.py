"""How different programs read a ``.env`` file, one file for each of them (pure).

There is no standard for these files, and no two programs agree on all of them. Twenty-one are known
here, in five families:

- **All of the line.** docker, podman and kubectl take what follows the ``=`` as the value, quotes,
  comments and blanks too. What differs is which names they take, and what they do about others:
  docker and kubectl refuse the whole file, podman sets a variable with that odd name.
- **Node's.** npm's dotenv is a regular expression, which Ruby's dotenv and direnv started from;
  ``node --env-file`` imitates it by hand and stops at the first closing quote, and Deno imitates
  that. Bun and dotenv-expand replace ``$NAME`` in the result: single quotes protect nothing.
- **The shell's.** A shell sources a program, not a list of settings. ``export $(… | xargs)`` splits
  twice. systemd's file looks like a shell's and is read by a state machine of its own.
- **Go's.** godotenv and compose share an ancestor; for one odd line they set nothing at all.
- **Strict ones.** phpdotenv parses everything before it sets anything, dotenvy (uv) stops where it
  does not understand, and keeps what came before.

Each module has a function `read`, which takes the text and the process environment and returns
`Readings`. The rules were found in the programs' sources and by experiment. The tests compare them
with what was measured, and with each of the programs that is installed, on random lines too.
"""
