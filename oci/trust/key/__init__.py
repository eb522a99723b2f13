"""Key pairs as cosign uses them: public keys in PEM, private ones in files that a password opens.

The kind of a key decides the algorithm; nothing that a signature says about algorithms is ever looked at.
"""
