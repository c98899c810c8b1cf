"""How facts become words: evidence, certificates, units, and values for templates (pure)."""
