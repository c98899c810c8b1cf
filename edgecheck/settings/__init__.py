"""What is set, and where: the backend's address, the secret, the agent id, and how to connect."""
