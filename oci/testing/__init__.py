"""Public test material: contract suites that every backend inherits, and what they are fed with.

Nothing here imports a test runner: the suites are plain classes whose methods pytest, say, collects.
"""
