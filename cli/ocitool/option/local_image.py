"""Images in the local store as arguments: a name, a short one too, or an ID."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem


class LocalImageType(click.ParamType[str]):
    """What an image in the store is called."""

    name = "image"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text as it is; the store finds the image."""
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Complete to the names in the store."""
        from click.shell_completion import CompletionItem

        from oci.errors import OciError
        from oci.settings import Settings
        from oci.store import ImageStore
        from oci.store.transport import store_root

        try:
            store = ImageStore.open_to_read(store_root(Settings.of_host()))
        except OciError:
            return []
        names = [name for name in store.names() if name.startswith(incomplete)]
        store.close()
        return [CompletionItem(name) for name in names]
