"""The far side, described once: how a backend wants to be spoken to.

`profile` says what a profile is, and `messages` encodes and parses what it describes. `form` is the
table of what a profile's file can say, made of the `kinds` of values; `rules` are about several
values at once, and `pattern` makes an example of a regular expression. `reading` turns a file into
a profile, and `builtin` has the profiles of the package, which are files of the same form.
"""
