"""One connection, step by step, under the checkup and the live commands alike.

Laws: a failure is a value, never an exception that leaves. Seeing does not judge. The socket is
ours, so that each step has its own time and the first bytes of whatever answers are kept. What
comes from the network has the secret cut out and is escaped before it becomes a fact.
"""
