"""What a person pasted or answers, and what it comes to (pure)."""
