"""Finding out what is proved about an image, by whom, and why everything else that lies there is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content.graph import parse_known
from ..errors import NotVerified, PlatformMismatch
from ..frozen import frozen
from ..spec import Index
from ..transports.name import ImageName
from ..trust import Invalid, Subject, Unsettled, Unsigned, Verified
from ..trust.family import examine
from .admission import ground_of, name_of
from .place import Context, Places
from .shelf import shelves_of
from .signing import repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..content import Opened, Source
    from ..spec import Descriptor, Digest, Platform
    from ..trust import Verdict
    from ..trust.attachment import AttachmentLimits
    from ..trust.family import Verifier


@frozen(kw_only=True)
class Verification:
    """What was found out about one document of an image.

    Args:
        image: The image as it was named.
        document: The link to the document, which is what signatures were held against.
        platform: The platform that it was chosen for from an index, or None for what the name stands for.
        verdict: What is proved about it, and what was refused.
    """

    image: str
    document: Descriptor
    platform: Platform | None
    verdict: Verdict

    @property
    def digest(self) -> Digest:
        """The digest that was verified, or not: what is to be pulled or copied."""
        return self.document.digest

    def check(self) -> None:
        """Return if something is proved.

        Raises:
            NotVerified: Nothing is: ``unsigned``, or the fault of the first signature that was refused.
            OciError: Nobody knows: this is why a place could not be asked.
        """
        match self.verdict:
            case Verified():
                return
            case Unsettled(unasked=unasked):
                raise unasked[0].reason
            case Unsigned(places=places):
                looked = f" in {', '.join(places)}" if places else ""
                raise NotVerified(f"{self.image}: no signature is there{looked}", fault="unsigned")
            case Invalid(refused=refused):
                raise NotVerified(
                    f"{self.image}: none of {len(refused)} signatures proves what is asked for:"
                    f" {refused[0].reason}",
                    fault=refused[0].fault.value,
                )


def verify(
    image: str,
    verifiers: Sequence[Verifier],
    *,
    platform: Platform | None = None,
    signatures_in: str = "",
    limits: AttachmentLimits | None = None,
    context: Context | None = None,
) -> Verification:
    """Hold the signatures of an image against what is trusted.

    Args:
        image: The image's name.
        verifiers: What is trusted; one of them has to find a proof.
        platform: Which image of an index is meant; None for what the name itself stands for.
        signatures_in: Another repository that the signatures lie in, such as ``host/signatures``.
        limits: Bounds on what is read.
        context: Settings, cancelling, limits and warnings.

    Returns:
        What was found out; nothing is raised for signatures that are missing or no good (see
        `Verification.check`).

    Raises:
        NotFound: The image is not there, or not for this platform.
    """
    name = ImageName.parse(image)
    with Places(context or Context()) as places:
        source = places.source(name)
        opened = chosen(source, source.open(name.name), platform)
        subject = Subject(content=opened.content, digest=opened.descriptor.digest, name=name_of(name))
        beside = places.source(repository(signatures_in)) if signatures_in else source
        ground = ground_of(name, source, places.session(None))
        readings = {
            family: [shelf.read(subject) for shelf in shelves_of(family, ground, beside, limits)]
            for family in dict.fromkeys(each.family for each in verifiers)
        }
        verdicts = [examine(readings[each.family], each, subject) for each in verifiers]
    return Verification(image=image, document=opened.descriptor, platform=platform, verdict=_joined(verdicts))


def chosen(source: Source, opened: Opened, platform: Platform | None) -> Opened:
    """Return the image for a platform that an index links; or the document itself, where none is meant.

    Raises:
        PlatformMismatch: There is no index, or none with such an image.
    """
    if platform is None:
        return opened
    document = parse_known(opened, where=source.label)
    if not isinstance(document, Index):
        raise PlatformMismatch(wished=str(platform), actual="one platform, without an index")
    return source.open(document.select(platform).digest)


def _joined(verdicts: Sequence[Verdict]) -> Verdict:
    """Return one verdict that has what all of them found: a proof counts most, then not knowing."""
    proofs = tuple(each for verdict in verdicts if isinstance(verdict, Verified) for each in verdict.proofs)
    refused = tuple(
        each for verdict in verdicts if not isinstance(verdict, Unsigned) for each in verdict.refused
    )
    unasked = tuple(
        each for verdict in verdicts if isinstance(verdict, Unsettled) for each in verdict.unasked
    )
    if proofs:
        proved = {id(each.signature) for each in proofs}
        return Verified(
            proofs=proofs, refused=tuple(each for each in refused if id(each.signature) not in proved)
        )
    if unasked:
        return Unsettled(unasked, refused)
    if refused:
        return Invalid(refused)
    return Unsigned(
        tuple(each for verdict in verdicts if isinstance(verdict, Unsigned) for each in verdict.places)
    )
