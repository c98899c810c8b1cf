"""Many agents at once, and again and again.

`inventory.py` finds the agents, and `target.py` says what is known of one and loads its settings.
`check.py` makes one checkup of one agent; what is kept of it is the slim value of `outcome.py`.
`demo.py` plays a whole fleet on loopback.
"""
