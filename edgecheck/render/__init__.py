"""A report, or an entry of the catalogue, made readable: text, JSON, Markdown, HTML, JUnit, commands to a CI runner (pure)."""
