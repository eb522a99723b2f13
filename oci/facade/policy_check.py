"""What the policy makes of an image, as a copy of it would be told: let in or not, and what proves what.

Nothing is decided here: the same `Admission` and the same check are asked as before a copy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import Forbidden
from ..frozen import frozen
from ..transfer.root import Root
from ..transports.name import ImageName
from .admission import admit
from .place import Context, Places
from .verification import chosen

if TYPE_CHECKING:
    from ..settings.policy import Ruling
    from ..spec import Descriptor, Platform
    from ..trust.policy import Judgement


@frozen(kw_only=True)
class PolicyCheck:
    """What a policy makes of an image.

    Args:
        image: The image as it was named.
        document: The link to the document that was judged.
        platform: The platform that it was chosen for from an index, or None for what the name stands for.
        ruling: What the policy demands of it; None where there is no demand that a signature could meet.
        judgements: What was made of each document that was looked at: of an index that is not signed itself,
            its images follow it.
        refusal: Why it is not let in, or None.
    """

    image: str
    document: Descriptor
    platform: Platform | None
    ruling: Ruling | None
    judgements: tuple[Judgement, ...]
    refusal: Forbidden | None

    @property
    def is_accepted(self) -> bool:
        """Whether the image is let in."""
        return self.refusal is None

    @property
    def is_proved(self) -> bool:
        """Whether signatures prove it, which is more than that nothing is demanded of it."""
        return self.is_accepted and any(each.is_proved for each in self.judgements)

    def check(self) -> None:
        """Return if the image is let in.

        Raises:
            Forbidden: It is not.
        """
        if self.refusal is not None:
            raise self.refusal


def check_policy(
    image: str, *, platform: Platform | None = None, context: Context | None = None
) -> PolicyCheck:
    """Find out what the policy in the settings makes of an image; nothing is copied.

    Args:
        image: The image's name.
        platform: Which image of an index is meant; None for all of what the name stands for.
        context: Settings with a policy, cancelling, limits and warnings.

    Returns:
        The answer; nothing is raised for an image that is not let in (see `PolicyCheck.check`).

    Raises:
        NotFound: The image is not there, or not for this platform.
        InvalidSettings: A key of the policy cannot be read.
        Unsupported: A program is missing.
    """
    name = ImageName.parse(image)
    with Places(context or Context()) as places:
        settings = places.settings()
        source = places.source(name)
        opened = chosen(source, source.open(name.name), platform)
        ruling: Ruling | None = None
        refusal: Forbidden | None = None
        judgements: list[Judgement] = []
        try:
            admission = admit(name, settings)
            ruling = admission.ruling
            judge = admission.judge(source, places.session(settings), judgements.append)
            if judge is not None:
                judge(Root(opened))
        except Forbidden as error:
            refusal = error
    return PolicyCheck(
        image=image,
        document=opened.descriptor,
        platform=platform,
        ruling=ruling,
        judgements=tuple(judgements),
        refusal=refusal,
    )
