"""A run over many agents as a file, one module for each format.

Each makes its text in pieces, from rows that come one by one: a fleet may not fit into memory.
"""
