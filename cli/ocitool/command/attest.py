"""``ocitool attest``: say something about an image, signed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..interruption import interruptible
from ..option.access import Access, access_options
from ..option.command import Command
from ..option.image import ImageType
from ..option.key_file import read_private_key
from ..option.passphrase import PassphraseChoice, passphrase_options
from ..option.predicate import predicate_type
from ..option.retry import Patience, retry_options
from ..option.signature_place import signature_place
from ..option.value import one_of
from ..output import text_bytes, write
from ..short_name import full_name
from ..task import task, work_context

if TYPE_CHECKING:
    from ..invocation import Invocation


@click.command("attest", cls=Command)
@click.argument("image", type=ImageType())
@click.option("--key", metavar="FILE", required=True, help="The private key, as generate-key-pair makes it.")
@click.option("--predicate", metavar="FILE", required=True, help="What is said: a JSON document.")
@predicate_type(default="custom", text="What kind of thing it is: a URI, or spdxjson, slsaprovenance, ...")
@one_of("--as", "tag", "bundle", parameter="form", text="Keep it beneath cosign's tag, or as a referrer.")
@signature_place
@passphrase_options
@access_options("access")
@retry_options("patience")
@click.pass_obj
def command(
    invocation: Invocation,
    /,
    *,
    image: str,
    key: str,
    predicate: str,
    predicate_type: str,
    form: str,
    signatures_in: str,
    passphrase: PassphraseChoice,
    access: Access,
    patience: Patience,
) -> None:
    """Say something about an image in a statement of in-toto, signed with a key.

    The statement is about the digest that the name stands for now, which is printed, and lies beside the
    image.
    """
    import oci
    from oci.spec import strict_json

    with task("attest", image):
        said = strict_json.loads(Path(predicate).read_bytes(), where=predicate)
        assertion = oci.Assertion(predicate_type=predicate_type, predicate=said, form=oci.Form(form))
        settings = patience.settings(access.settings(invocation.settings()))
        private = read_private_key(key, passphrase)
        with interruptible(invocation.timeout_s) as token:
            signed = oci.attest(
                full_name(image, settings),
                private,
                assertion,
                signatures_in=signatures_in,
                context=work_context(settings, token),
            )
    write(text_bytes(f"{signed.digest}  {signed.stored_at}\n"))
