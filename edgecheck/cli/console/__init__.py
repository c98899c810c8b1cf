"""The terminal: what goes out, what is asked, and what is shown while something runs."""
