"""One connection, step by step, under the checkup and the live commands alike.

Laws: a failure is a value, never an exception that leaves. Seeing does not judge. The socket is
ours, so that each step has its own time, and the first bytes of whatever answers are kept. What
comes from the network has the secret cut out and is escaped before it becomes a fact.

How a connection comes about::

    opening   what to ask for: address, id, secret, proxy, limits (no I/O)
    trip      the steps below in order, until one does not lead on
      dns       the operating system's resolver, in a thread that cannot hold the process
      tcp       the addresses race (RFC 8305); every attempt's outcome is kept
      proxy     CONNECT or SOCKS over the socket that is there
      tls       OpenSSL over memory, so that a chain that was refused is seen all the same
      upgrade   the request, written by us; the answer, read leniently
    session   the open WebSocket, until it ends

Why two ways of reading. The steps up to the upgrade ask, and wait for one answer: they read from a
`stream`, and a limit around the call ends the wait. From the open socket on, bytes come when they
come, and *when* is what `ping` measures: `session` hands the same socket to asyncio's transport,
whose callback takes the time (`arrival`) before anything is done with the bytes. TLS goes along:
it works over memory, and does not care who feeds it. The protocol itself is websockets' library
without I/O in both halves, so that what a frame means is decided once.

Why the first answer is read by hand (`http`). A client library raises on what is not a proper 101,
and with that the evidence is gone: which server, which page, which field. Old versions, bare line
feeds, missing phrases, answers that never end and banners of other protocols are facts here.

Where exceptions end. `fold` turns those of the operating system, OpenSSL and websockets into
`Failure` values, the most specific first, once. Every module here calls it where it meets them.

What comes in passes `clean`: secrets are cut out of it, plain or encoded, then it is escaped.
`budget` names every limit of time and size, with its reason.
"""
