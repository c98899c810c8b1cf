"""The rules of the settings: functions that yield what is wrong (pure).

A rule says where the defect is, and what was seen, without any part of the secret. Each defect is
judged as if the others were repaired: `'Bearer abc'` has quotes and a prefix, but no blank inside.
"""
