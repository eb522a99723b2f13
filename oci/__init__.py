"""OCI images and containers in pure Python.

The names below are loaded when they are first used, so that ``import oci`` costs nothing but this file.
The façade (`inspect`, `copy`, ...) does a common job in one call; the packages beneath it
(`oci.spec`, `oci.content`, `oci.transports`, `oci.transfer`, ...) hold the typed parts it is made of.
"""

__version__ = "0.1.0"

DISTRIBUTION = "ocitool"
"""The marker by which the command line knows that this ``oci`` is ours, not another distribution's."""
