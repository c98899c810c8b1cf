"""The settings and where each is set: address, secret, agent id, and how to connect."""
