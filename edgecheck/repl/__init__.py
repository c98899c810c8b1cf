"""Talking to the backend by hand.

commands    what can be typed: parsing, help and completion, from one table (pure)
frames      how a frame is shown: on a line, pretty, as hex (pure)
talk        a conversation: what was typed is done, what comes is told
transcript  its frames: shown, kept, recorded
console     the prompt: prompt_toolkit
script      lines from somewhere else
"""
