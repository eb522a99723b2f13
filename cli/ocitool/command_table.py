"""All commands: name, module, summary. The only list of them; help and completion need nothing else.

A module lies in `ocitool.command` and has a `COMMAND`. Its summary stands here, so that the list can be shown
without importing any of them.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Entry(NamedTuple):
    """One row of the table."""

    name: str
    """What the user types."""
    module: str
    """The module in `ocitool.command` that holds it."""
    summary: str
    """What it does, in one line."""
    is_hidden: bool = False
    """Whether the list leaves it out, as skopeo's does."""


COMMANDS: Final = (
    Entry("attest", "attest", "Say something about an image, signed with a key"),
    Entry("cat", "cat", "Print a file of an image, without unpacking it"),
    Entry("clean", "clean", "Take the signatures of an image away"),
    Entry("completion", "completion", "Print the completion script of a shell"),
    Entry("copy", "copy", "Copy an image from one place to another, bit by bit the same"),
    Entry("delete", "delete", "Delete an image from a registry or a layout"),
    Entry(
        "experimental-image-proxy",
        "experimental_image_proxy",
        "Fetch images for bootc and rpm-ostree",
    ),
    Entry("export", "export", "Write the file system of an image as an archive"),
    Entry("generate-key-pair", "generate_key_pair", "Make a key pair for signing images"),
    Entry("generate-sigstore-key", "generate_sigstore_key", "Make a key pair in files called as skopeo's"),
    Entry("history", "history", "Show the steps in which an image was built"),
    Entry("images", "images", "List the images in the local store"),
    Entry("import", "import_", "Make an image of the archive of a file system"),
    Entry("import-key-pair", "import_key_pair", "Put a private key into the format for signing images"),
    Entry("inspect", "inspect", "Show what an image is made of"),
    Entry("list-tags", "list_tags", "List the tags of a repository"),
    Entry("load", "load", "Load the images of an archive into the local store"),
    Entry("login", "login", "Save the credentials for a registry, once it has accepted them"),
    Entry("logout", "logout", "Forget the credentials for a registry"),
    Entry("ls", "ls", "List a directory of an image, without unpacking it"),
    Entry("manifest-digest", "manifest_digest", "Compute the digest of a manifest in a file"),
    Entry("mount", "mount", "Mount an image of the local store read-only"),
    Entry("pull", "pull", "Fetch an image into the local store, and unpack it there"),
    Entry("push", "push", "Push an image of the local store"),
    Entry("repack", "repack", "Write an image with what was changed in a bundle"),
    Entry("rmi", "rmi", "Remove images from the local store"),
    Entry("save", "save", "Save images of the local store in an archive"),
    Entry("serve", "serve", "Serve a directory of image layouts as a registry"),
    Entry("sign", "sign", "Sign an image with a key, or with GPG"),
    Entry("signatures", "signatures", "Show what is attached to an image, and what each of it proves"),
    Entry("standalone-sign", "standalone_sign", "Sign a manifest in a file with a GPG key"),
    Entry("standalone-verify", "standalone_verify", "Verify the GPG signature of a manifest in a file"),
    Entry("sync", "sync", "Bring the images of repositories to another place"),
    Entry("system", "system", "Look after the local store: df, prune, check"),
    Entry("tag", "tag", "Give an image in the local store further names"),
    Entry("tree", "tree", "Draw what an image is made of, and what is attached to it"),
    Entry("triangulate", "triangulate", "Print where the signatures of an image lie"),
    Entry("trust", "trust", "Show or change what the policy demands of images"),
    Entry("unmount", "unmount", "Take the mounts of images away"),
    Entry("unpack", "unpack", "Unpack the file system of an image to a directory"),
    Entry("untag", "untag", "Take names of an image in the local store away"),
    Entry(
        "untrusted-signature-dump-without-verification",
        "untrusted_signature_dump",
        "Show what a GPG signature says, without verifying it",
        is_hidden=True,
    ),
    Entry("verify", "verify", "Verify that somebody who is trusted has signed an image"),
    Entry("verify-attestation", "verify_attestation", "Verify what is said about an image"),
)

SHOWN: Final = tuple(entry for entry in COMMANDS if not entry.is_hidden)
"""Those that help and completion list."""
