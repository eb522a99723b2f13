"""Statements about images: in cosign's ``.att`` manifests, and in sigstore bundles that are referrers.

`document` reads a bundle, `shelf` finds and stores statements in either place, `claim` says what they have
to say. A statement that says nothing but that an image is signed is a signature; any other is an
attestation. Neither signs a name: the digest alone.
"""
