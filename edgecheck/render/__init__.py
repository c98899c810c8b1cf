"""Reports and entries of the catalogue as text, JSON, Markdown, HTML, JUnit and so on (pure)."""
