"""One connection, step by step, for the checkup and the live commands alike.

Laws: a failure is returned as a value, and no exception leaves this package for it. Nothing here
judges what was seen. We own the socket, so that each step has its own time, and the first bytes of
every answer are kept. In text from the network the secret is cut out and special characters are
escaped before the text becomes a fact.

The steps of a connection:

    opening   what to ask for: address, id, secret, proxy, limits (no I/O)
    trip      the steps below in order, until one of them fails
      dns       the operating system's resolver, in a thread that cannot keep the process alive
      tcp       the addresses race (RFC 8305); the outcome of every attempt is kept
      proxy     CONNECT or SOCKS over the connected socket
      tls       OpenSSL over memory, so that even a rejected certificate chain is seen
      upgrade   the request, written by us; the answer, read leniently
    session   the open WebSocket, until it ends

Why there are two ways of reading. The steps up to the upgrade send a request and wait for one
answer: they read from a `stream`, and a time limit around the call ends the wait. On an open
WebSocket, bytes can arrive at any time, and `ping` measures exactly when they arrive. So `session`
hands the same socket to asyncio's transport, whose callback takes the time (`arrival`) before
anything is done with the bytes. TLS works with both ways: it reads from memory, and it does not
matter what puts the bytes there. In both cases websockets' library without I/O decides what a frame
means.

Why the first answer is read by our own code (`http`). A client library raises an exception for
everything that is not a correct 101 response, and then the evidence is lost: which server, which
page, which field. Here old HTTP versions, lines that end with a bare LF, missing reason phrases,
answers that never end and banners of other protocols are facts.

Where exceptions become values. `fold` turns the exceptions of the operating system, OpenSSL and
websockets into `Failure` values; it is the only place that does so, and it checks the most specific
class first. Every module here calls it where it catches them.

Everything that arrives passes `clean`: secrets, plain or encoded, are cut out of it, then it is
escaped. `budget` names every limit of time and size, with its reason.
"""
