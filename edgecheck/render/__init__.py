"""A report, or an entry of the catalogue, made readable: text, JSON, Markdown (pure)."""
