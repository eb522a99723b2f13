"""Running images: what a runtime has to be told about one (runtime-spec; image-spec, conversion.md).

Linux only. Files of an image are read beneath its root, whatever links it has.
"""

from .bundle import BundleRecord
from .spec import ProcessUser, SpecOptions, runtime_spec
from .user import find_user

__all__ = ["BundleRecord", "ProcessUser", "SpecOptions", "find_user", "runtime_spec"]
