"""The embedded registry: a directory of image layouts, served by the distribution protocol."""

from .htpasswd import Htpasswd
from .limit import RegistryLimits
from .login import Login
from .registry import Registry
from .serve import ServeOptions, Serving, serve

__all__ = ["Htpasswd", "Login", "Registry", "RegistryLimits", "ServeOptions", "Serving", "serve"]
