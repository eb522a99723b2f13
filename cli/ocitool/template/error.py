"""The one error of this room: what is wrong with a template, and where."""

from __future__ import annotations

from oci.errors import OciError


class TemplateError(OciError):
    """A template that cannot be parsed, or that does not fit the data it is applied to.

    Args:
        message: What is wrong, without the place.
        line: The line in the template, from 1 on.
        column: The character in that line, from 1 on.
        hint: What to do.
    """

    def __init__(self, message: str, *, line: int, column: int, hint: str = "") -> None:
        super().__init__(f"template:{line}:{column}: {message}", hint=hint)
        self.line = line
        self.column = column


class Fault(Exception):
    """A failure whose place only the caller knows: raised by functions, turned into a TemplateError there."""


def error_at(template_text: str, offset: int, message: str, *, hint: str = "") -> TemplateError:
    """Return the error for a fault at a character offset of the template."""
    before = template_text[:offset]
    return TemplateError(message, line=before.count("\n") + 1, column=offset - before.rfind("\n"), hint=hint)
