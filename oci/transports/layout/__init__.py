"""OCI image layouts: a directory of blobs and an index that names images (image-spec, image-layout.md)."""
