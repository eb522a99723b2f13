"""Changing an image on its way: other media types, other compression, and every digest that follows from it.

Nothing here runs unless a caller asks for a change. What the other format cannot say is refused, never
dropped in silence; a layer's DiffID is checked while it is compressed anew; a configuration keeps its
bytes. Documents are rewritten children first, as the walk goes, so that each link is known by the time that
it is written.
"""

from .rule import Conversion, Extent, Format, LayerForm

__all__ = ["Conversion", "Extent", "Format", "LayerForm"]
