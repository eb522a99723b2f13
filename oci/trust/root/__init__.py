"""Trusted roots of sigstore: which logs and authorities count, and when; in one file."""
