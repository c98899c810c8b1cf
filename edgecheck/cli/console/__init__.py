"""The terminal: output, questions, and what is shown while something runs."""
