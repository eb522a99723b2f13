"""Test material that is public: content, a scriptable registry and engine, a token server, certificates.

For tests of programs that speak to registries, ours and other people's. Nothing of the library imports it.
"""

from . import fault
from .basic_login import basic_login
from .exchange import Exchange
from .image_builder import Blob, Content, build_artifact, build_image, build_index, layer, random_layer
from .script import Fault, Rule
from .scripted_engine import ScriptedEngine
from .scripted_registry import ScriptedRegistry
from .scripted_server import ScriptedServer
from .token_server import TokenServer

__all__ = [
    "Blob",
    "Content",
    "Exchange",
    "Fault",
    "Rule",
    "ScriptedEngine",
    "ScriptedRegistry",
    "ScriptedServer",
    "TokenServer",
    "basic_login",
    "build_artifact",
    "build_image",
    "build_index",
    "fault",
    "layer",
    "random_layer",
]
