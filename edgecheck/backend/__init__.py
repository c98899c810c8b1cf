"""The far side, described once: how a backend wants to be spoken to (pure).

`profile` says what a profile is, `edge` is the one that is built in, and `messages` encodes and
parses what a profile describes.
"""
