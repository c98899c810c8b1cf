"""Limits of time (in seconds) and size (in bytes), each with the reason for its number."""

from __future__ import annotations

# RFC 8305, section 5: the recommended delay between two attempts. After this delay the next address
# is tried as well.
ATTEMPT_DELAY = 0.25
# A middlebox or an overloaded server resets the connection right after the handshake. Without a
# pause the reset and our first bytes cross, and a refused connection looks like a refused request.
SETTLE = 0.01
# On a fast network the run can end before the event loop has looked at the attempts that lost.
LAST_LOOK = 0.02
# How long a body may take after its head: one round trip on a slow link. A page that never ends
# costs no more than this.
BODY_WAIT = 1.5
# The beginning of an answer that is not HTTP or not TLS is shown; the rest of a banner arrives
# within this time.
BANNER_WAIT = 0.15
# A server of TLS 1.3 judges the client's certificate after the handshake: one round trip, and its
# software's time. This is the least that `--until tls` waits for an alert, or for the end.
CERTIFICATE_ANSWER = 0.25
# After an answer that is not a pong, the pong may still arrive; wait this long for it.
ANSWER_GRACE = 2.0
# Where nothing answers for the application (a library answers ping frames by itself; a server that
# pings may take half a minute to do so), it has accepted the client if the connection stays. A
# refusal follows the opening handshake within a round trip and a look into a database, and a second
# is ten times that.
CALM_SECONDS = 1.0
# After a greeting, in which the application has said that it accepts the client, only an end that
# came with its last message is still worth waiting for.
CALM_AFTER_GREETING = 0.1
# A server that answers the greeting with an error often closes next, and its close code says more.
AFTER_OTHER = 0.5
# Enough for every error page that has a rule; the rest is not read.
BODY_LIMIT = 64 * 1024
# Servers limit the head of a request to 8 to 64 KiB; a response with a longer head is an attack or
# a fault.
HEAD_LIMIT = 64 * 1024
# How much is kept of an answer that is not HTTP or not TLS.
FIRST_BYTES = 256
# The default of the user's own client (Python's websockets).
MESSAGE_LIMIT = 1024 * 1024
# A live connection shows larger messages than that and says that they are too large, rather than
# ending. Still larger ones are too much for a small machine: empty arrays take thirty times their
# text in memory.
LIVE_MESSAGE_LIMIT = 4 * MESSAGE_LIMIT
# What may wait for the peer to read it: as much as the longest message.
UNREAD_LIMIT = LIVE_MESSAGE_LIMIT
# asyncio reads 256 KiB at once: that can be 130,000 empty frames, and no timer runs until all are
# parsed. Reading less at once is just as fast.
READ_AT_ONCE = 16 * 1024
# With this many unread messages the peer has to wait, and with the second number it may go on. Both
# are the defaults of Python's websockets.
INBOX_FULL, INBOX_ROOM = 16, 4
# All messages of a backend are counted, but only so many are kept.
MESSAGES_KEPT = 20
# A command that a checkup took is named, so that somebody can see to it; nobody sees to more.
COMMANDS_NAMED = 100
# A backend may send without end: if no pong is among so many messages, there is no pong.
MESSAGES_READ = 10_000
# The close frame is a courtesy to the backend's log, so nobody waits longer than this for it.
CLOSE_WAIT = 0.2
# A checkup that has its answer takes no further round trip. A backend that is near has answered the
# close frame by then.
LAST_WORDS = 0.015
# A second look, after a failure with several possible causes, takes a few round trips; it never
# gets the whole time limit of a stage again.
SECOND_LOOK = 2.0
# A name has a dozen addresses at most. Thousands of them are a fault or an attack, and nobody waits
# until all of them were tried.
ADDRESSES_TRIED = 100
# For a second look when a time limit has already passed: the user has waited long enough.
LATE_SECOND_LOOK = 0.2
# For the closing handshake; then the socket is closed without the peer's answer.
CLOSE_SECONDS = 2.0
# Just below the shortest idle limit of a known platform, 30 s.
IDLE_SECONDS = 25.0
# An idle limit that someone configured is a whole number of seconds; a crash happens at any time.
# So an end that is this close to a whole second was caused by a timer. Nobody sets a limit shorter
# than the second number.
TIMED_SECONDS, SHORTEST_LIMIT_SECONDS = 0.1, 2.0
# A reset this soon after something was sent is the answer to it: a round trip on a slow link.
ANSWER_TO_SENT = 1.0
# A look at the path sends packets of every distance at once; the routers answer within a round
# trip. Those that did not answer by the second moment are asked once more: a packet may be lost.
# Linux allows a router six messages at once to one address and then one a second (icmp(7)), and
# what we asked before the look may have used them up: so it asks a third time, a second later. By
# then nothing else may ask: the system repeats a request to connect after a second (RFC 6298).
PATH_LOOK, PATH_AGAIN, PATH_QUIET, PATH_LATE = 1.35, 0.4, 0.9, 1.05
# Who refused in a host's place is known as soon as the routers nearby have answered.
PATH_REFUSED = 0.4
# Who takes connections in a host's place is asked of the routers first, and then of whoever is
# nearer than the last of them. Both together end before the other looks into a silence.
PATH_TAKEN = 0.6
# This many requests to connect show that it is not an accident if none of their answers is let in.
PATH_WHOLE_WAY = 10
# A load balancer's name has eight addresses at most. If more than these are silent, it is not one
# host that is down, and the look along the path to one of them would tell nothing of the others;
# who has waited for all of them waits no longer.
PATH_ADDRESSES = 8
# Few ways are longer than this many hops; the last packets are allowed as many as any system gives.
PATH_DISTANCES = (*range(1, 21), 64)
# Where a router or a host says that nobody listens: traceroute's ports, and two that many hosts
# serve or refuse.
PATH_PORTS_UDP, PATH_PORTS_TCP = 33434, (80, 443)
# So many routers behind the last one that a port gets to are asked by another port: the next one
# that answers is enough, and not every router answers.
PATH_BEYOND = 4
# The looks into a silence are made at the same time, each a few round trips long. A person has
# waited for a whole limit already. Longer than the second after which a lost request to connect is
# repeated (RFC 6298, section 2.1).
SILENCE_LOOK = 1.3
# A new connection in place of one that was cut opens within a round trip; a look along the path
# follows if it does not.
NEW_CONNECTION = 0.5
# All that is looked at after a silence, one thing after another, ends this long after it: a failed
# run comes two seconds late at most.
SILENCE_LOOKS = 1.5
# When looks end their own half of a connection: after the server has answered, and before it begins
# to repeat what was lost, because from then on Linux sends nothing new. It repeats after 200 ms at
# least (tcp(7), TCP_RTO_MIN), so that these cover every answer within half a second.
HALF_CLOSES = (0.15, 0.33, 0.51)
# Every path carries segments of this size (RFC 9293, section 3.7.1), so that no tunnel is too small
# for them.
SMALL_SEGMENT = 536
# A ping with small segments begins after another ping's answer has come or is lost: a backend that
# keeps one connection for each agent ends the other one then.
SMALL_PING = 0.3
# A name server answers within a round trip, or when it has given up on others; asked twice, because
# UDP gets lost. All of them are asked at the same time.
SERVER_WAIT, SERVER_TRIES = 0.6, 2
# A name server that answers over UDP accepts over TCP within the same time.
SERVER_TCP = 0.4
# glibc asks three name servers at most (resolv.conf(5)), systemd-resolved more; nobody needs these.
SERVERS_ASKED = 6
# A look-up that takes longer than this has waited for a name server that keeps silent: glibc's
# shortest waiting time.
SLOW_LOOKUP_MS = 1000.0
