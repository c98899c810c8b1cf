"""A connection that stays: what `ping`, `repl` and `listen` have in common.

pongs       which pong answers which ping (pure)      round_trips  their statistics (pure)
pinger      pings at an interval                      keepalive    a silent connection is dead
backoff     how long to wait before the next attempt  keeper       connects again while it helps
journal     what was handled, which acks are owed     handler      what is done with a command
worker      each command handled once, acked          events       what all this tells (pure)

Laws: a round trip ends when its answer's bytes arrive, never when a task wakes up. Text that was
received passes the cleaner before anybody sees it. What a failure means is the catalogue's to say.
"""
