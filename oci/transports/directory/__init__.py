"""skopeo's directory format: one image, its blobs as files named by their digests (``dir:``)."""
