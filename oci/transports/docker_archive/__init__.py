"""Archives as ``docker save`` writes and ``docker load`` reads them: a tar file with a ``manifest.json``."""
