"""From pasted words to entries of the catalogue (pure)."""
