"""Check many agents again and again, and show how they are: metrics, a page, a program's input."""
