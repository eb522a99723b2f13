"""What is being done: its name, for a failure to say, and what the library wants to know of it."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from oci.errors import Cancelled, OciError
from oci.frozen import replace

from .invocation import Invocation
from .output import remark

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from collections.abc import Set as AbstractSet

    from oci import Context
    from oci.content import CancelToken
    from oci.settings import Settings


NO_POLICY: Final = "there is no policy.json, so that every image is accepted"
"""What is said where images are let in that nothing is demanded of."""

_USER: Final = re.compile(r"//[^/@]*@")


class TaskFailed(Exception):
    """What was being done when its cause happened.

    Args:
        command: The command's name.
        references: What it worked on, as the user wrote it.
        options: The options that the command has, as ``--tls-verify``.
    """

    def __init__(self, command: str, *references: str, options: AbstractSet[str] = frozenset()) -> None:
        super().__init__(command, *references)
        self.command = command
        self.options = options
        # A password does not belong there, but people who are used to URLs write it there.
        self.references = tuple(_USER.sub("//...@", reference) for reference in references)


@contextmanager
def task(command: str, *references: str) -> Iterator[None]:
    """Say what is being done.

    Args:
        command: The command's name.
        references: What it works on, as the user wrote it.

    Raises:
        TaskFailed: It failed; the cause says how.
    """
    try:
        yield
    except (Cancelled, BrokenPipeError):
        raise
    except (OciError, OSError) as error:
        raise TaskFailed(command, *references, options=_known_options()) from error


def _known_options() -> frozenset[str]:
    context = click.get_current_context(silent=True)
    return (
        frozenset(option for each in context.command.params for option in each.opts)
        if context
        else frozenset()
    )


def warn(text: str) -> None:
    """Pass on what the user should know."""
    remark(f"warning: {text}")


def trace(text: str) -> None:
    """Pass on what is only of interest to who looks for a fault."""
    remark(f"debug: {text}")


def work_context(settings: Settings, token: CancelToken, *, warn: Callable[[str], None] = warn) -> Context:
    """Return what every call of the library is given besides its names.

    Args:
        settings: What the user has decided.
        token: Stops the call.
        warn: Is told what the user should know.
    """
    from oci import Context

    invocation = click.get_current_context().find_object(Invocation)
    context = Context(settings=settings, token=token, warn=warn)
    return replace(context, trace=trace) if invocation is not None and invocation.debug else context
