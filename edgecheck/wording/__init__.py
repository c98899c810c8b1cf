"""How facts become words: evidence, values that fill a text, units (pure)."""
