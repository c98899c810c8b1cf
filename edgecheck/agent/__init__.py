"""A connection that stays open: what `ping`, `repl` and `listen` share.

pongs       which pong answers which ping (pure)      round_trips  their statistics (pure)
pinger      sends pings at an interval                keepalive    finds silent connections
backoff     the wait before the next attempt (pure)   keeper       reconnects
lives       what the times of connections say         waiting      waits, unless told to stop
journal     what began, was handled, and acked        handler      handles one command
worker      handles each command once, and acks it    resumption   what an earlier run left
journal_file  its file: whole, private, written       events       what is reported (pure)
size_limit  the largest message that the backend takes

Laws: a round trip ends when the bytes of the answer arrive, not when a task wakes up. Text from the
network passes the cleaner before it is shown. Only the catalogue says what a failure means.
"""
