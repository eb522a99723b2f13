"""Builds the image of the tour as an image layout: ``python docs/demo/image.py DIR``.

Three platforms that share a layer; a signature attached to the index and a bill of materials to one platform,
both as referrers; and a signature under the tag that cosign gives to those of an image. The same bytes on
every run and every machine: nothing is compressed, so no digest depends on a compressor.
"""

from __future__ import annotations

import sys
from pathlib import Path

from oci.testing import Content, build_artifact, build_image, build_index, layer

PLATFORMS = ("linux/amd64", "linux/arm64", "linux/arm/v7")


def build() -> Content:
    """Build the image itself."""
    base = layer({"etc/os-release": b"ID=demo\n", "usr/share/words": b"word\n" * 20_000}, compression="none")
    return build_index(
        {
            platform: build_image(
                [base, layer({"usr/bin/app": f"the app for {platform}\n".encode()}, compression="none")],
                platform=platform,
                config={
                    "Env": ["PATH=/usr/bin"],
                    "Entrypoint": ["/usr/bin/app"],
                    "Labels": {"org.opencontainers.image.version": "1.0"},
                },
            )
            for platform in PLATFORMS
        }
    )


def write(folder: Path) -> Content:
    """Write the image and what is attached to it into a layout.

    Args:
        folder: The layout's directory; made if need be.

    Returns:
        The image.
    """
    image = build()
    image.write_to(folder, "1.0", "latest")
    first = image.parts[0]
    build_artifact("application/vnd.example.signature", b"signed\n", subject=image.root).write_to(folder)
    build_artifact("application/spdx+json", b'{"spdxVersion": "SPDX-2.3"}\n', subject=first.root).write_to(
        folder
    )
    tag = str(image.digest).replace(":", "-") + ".sig"
    build_artifact("application/vnd.dev.cosign.artifact.sig.v1+json", b"signed\n").write_to(folder, tag)
    return image


if __name__ == "__main__":
    print(write(Path(sys.argv[1])).digest)
