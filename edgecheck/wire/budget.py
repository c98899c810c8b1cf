"""Limits of time and size, each with the reason for its number."""

from __future__ import annotations

# RFC 8305, section 5: the recommended delay between two attempts. One address is given this long
# before the next is tried beside it.
ATTEMPT_DELAY = 0.25
# A middlebox or a full server resets right after the handshake. Without a pause its reset and our
# first bytes cross, and a refused connection would look like a refused request.
SETTLE = 0.01
# On a fast network all is over before the event loop has looked at the attempts that did not win.
LAST_LOOK = 0.02
# How long a body may take after its head: a round trip on a slow link, and a page that is never
# ended costs no more than this.
BODY_WAIT = 1.5
# What is no HTTP or no TLS is shown; the rest of a banner comes within this.
BANNER_WAIT = 0.15
# After an answer that is no pong, the pong may still come. Not for ever.
ANSWER_GRACE = 2.0
# Enough for any error page that is worth a rule; the rest is not read.
BODY_LIMIT = 64 * 1024
# Servers limit a request's head to 8 to 64 KiB; a response's head beyond that is an attack or a
# fault.
HEAD_LIMIT = 64 * 1024
# How much of what is no HTTP or no TLS is kept.
FIRST_BYTES = 256
# The default of the person's own client (Python's websockets).
MESSAGE_LIMIT = 1024 * 1024
# A live connection shows a larger message, and says that it is one, rather than ending. More is not
# for a small machine: empty arrays take thirty times their text in memory.
LIVE_MESSAGE_LIMIT = 4 * MESSAGE_LIMIT
# What waits for a peer to read it: no more than the longest message.
UNREAD_LIMIT = LIVE_MESSAGE_LIMIT
# asyncio reads 256 KiB at once: 130,000 empty frames, and no timer runs until all are parsed. One
# that reads less is as fast.
READ_AT_ONCE = 16 * 1024
# Messages that wait to be received before the peer has to wait, and at which it may go on: the
# marks of Python's websockets.
INBOX_FULL, INBOX_ROOM = 16, 4
# A chatty backend's messages are counted; this many are kept.
MESSAGES_KEPT = 20
# A backend that talks without end: no pong among so many messages is no pong.
MESSAGES_READ = 10_000
# Closing is a courtesy to the backend's log, never waited for longer than this.
CLOSE_WAIT = 0.2
# A second look, after a failure that leaves its cause open, is a courtesy: a few round trips, never
# a stage's limit again.
SECOND_LOOK = 2.0
# A name has a dozen addresses at most. One that has thousands is a fault or an attack, and nobody
# waits until all were tried.
ADDRESSES_TRIED = 100
# After a limit has passed already, a person has waited enough.
LATE_SECOND_LOOK = 0.2
# What the closing handshake may take; a peer that does not answer by then is left.
CLOSE_SECONDS = 2.0
# Just below the shortest idle limit of a known platform, 30 s.
IDLE_SECONDS = 25.0
# A limit that somebody set is a whole number of seconds, and a crash is not: what ends this near to
# one was timed. Nobody sets a shorter one than the second number.
TIMED_SECONDS, SHORTEST_LIMIT_SECONDS = 0.1, 2.0
