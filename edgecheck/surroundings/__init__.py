"""What this machine says of how the agent is started: it reads, and sends nothing (I/O)."""
