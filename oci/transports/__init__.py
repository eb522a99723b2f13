"""Transports: each place that images are read from or written to, behind the one seam of `oci.content`.

Nothing is imported here. `table` maps a prefix such as ``oci:`` to the module that knows it, and loads
only that one.
"""
