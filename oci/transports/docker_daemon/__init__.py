"""Images in a container engine (Docker, or podman's service), reached over its Engine API.

An engine gives and takes images as Docker archives: the transport is that archive, read from or written
to a socket. It does not keep a manifest's bytes, and holds single images only.
"""
