"""Thin wrappers of system calls that Python does not have; values in, `OSError` out, nothing decided here."""
