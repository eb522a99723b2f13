"""Timestamps of authorities (RFC 3161): verified, and asked for."""
