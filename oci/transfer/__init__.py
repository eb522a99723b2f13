"""Moving images: one children-first walk over the seam, whatever the two places are.

`copy` moves one image, `plan` says what it would do. What happens meanwhile is told in typed events
(`oci.transfer.event`), what came of it in a `CopyResult`. Nothing here knows of any particular transport.
"""
