"""The far side, described once: how a backend wants to be spoken to (pure).

`profile` says what a profile is, `edge` is the built-in profile, and `messages` encodes and parses
what a profile describes.
"""
