"""Talk to the backend by hand.

commands    what can be typed: parsing, help and completion, from one table (pure)
frames      how a frame is shown: on one line, in full, as hex (pure)
talk        a conversation: runs the commands, and shows what arrives
transcript  its frames: shown, kept, recorded
console     the prompt: prompt_toolkit
script      lines from a file, a pipe or the command line
"""
