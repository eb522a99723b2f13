"""The embedded registry: a directory of image layouts, served by the distribution protocol."""

from .limit import RegistryLimits
from .registry import Registry

__all__ = ["Registry", "RegistryLimits"]
