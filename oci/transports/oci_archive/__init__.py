"""OCI archives: an image layout in a tar file (image-spec, image-layout.md)."""
