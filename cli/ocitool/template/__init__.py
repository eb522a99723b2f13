"""What interprets ``--format``: Go's text/template, as podman's, skopeo's and docker's users know it.

Text in, text out: nothing here reads the host. `render` is Go's template and nothing more; `render_table` is
what the tools make of a ``--format`` given for rows. Left out of Go's language are complex numbers, ``call``,
and the verbs %p and %w.
"""

from .error import TemplateError
from .report import is_json, render, render_table

__all__ = ["TemplateError", "is_json", "render", "render_table"]
