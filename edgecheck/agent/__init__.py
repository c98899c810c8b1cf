"""A connection that stays: what `ping`, `repl` and `listen` have in common.

arrival      when bytes came                                    connection  websockets' connection,
with these times
link         one connection, from its opening to its end        ending      how it ended, as facts,
and what they mean
pongs        which pong answers which ping (pure)               round_trips their statistics (pure)
pinger       pings at an interval                               keepalive   a silent connection is a
dead one
backoff      how long to wait before the next attempt (pure)    keeper      connects again, for as
long as that can help
journal      what was handled, and which acks are owed          handler     what is done with a
command
worker       each command handled once, acked at least once     events      what all this tells of
itself (pure)

Laws: a round trip ends when its answer's bytes arrive, never when a task wakes up. Text that was
received passes the cleaner before anybody sees it. What a failure means is the catalogue's to say.
"""
