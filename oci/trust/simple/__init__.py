"""GPG simple signing: OpenPGP messages that say which name an image has (containers-signature(5))."""
