"""Cosign's signatures of images: layers of the manifest under the image's ``.sig`` tag.

cosign, specs/SIGNATURE_SPEC.md. `payload` is what is signed, `shelf` where signatures lie, `signer` makes
them, `key_verifier` and `certificate_verifier` say what they prove.
"""
