"""X.509 certificates: chains up to roots that are trusted, at the time that counts, and whom they name."""
