"""A connection that stays: what `ping`, `repl` and `listen` have in common.

connection  websockets' connection, with times taken where bytes pass         link       one connection, from open to its end
pongs       which pong answers which ping (pure)                              round_trips  their statistics (pure)
ending      how a connection ended, as facts, and what they mean              pinger     pings at an interval
backoff     how long to wait before the next attempt (pure)                   keepalive  a silent connection is a dead one
journal     what was handled, and which acks are owed                         keeper     reconnects, for ever
handler     what is done with a command

Laws: a round trip ends when its answer's bytes arrive, never when a task wakes up. Text that was received passes the cleaner before anybody
sees it. What a failure means is the catalogue's to say.
"""
