"""The rules of the config part: functions of the settings that yield what they found (pure).

A rule says where, and in what words, without any part of the secret. A defect is judged after the
repair of the others: `'Bearer abc'` is quoted and has a prefix, and it has no blank inside.
"""
