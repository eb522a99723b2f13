"""Holding an image against what its policy demands of signatures: all demands, or it is not let in.

What is shown is what is judged, by the digest of its bytes; the copy goes on with the same bytes. A place
that could not be asked never counts as one without signatures.

Of an index that is copied, as a whole or in part, the index is signed, since its digest covers what is
beneath it; or else each of its images that goes along, which is what containers/image asks for. Where one
image is chosen from an index, it is the image that has to be signed (ADR 0040).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..content import Opened
from ..content.graph import parse_known
from ..errors import Forbidden, LimitExceeded
from ..spec import Index
from ..trust import Invalid, Subject, Unsettled, Unsigned, Verified
from ..trust.policy import Judge

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..settings.policy import Ruling
    from ..spec import Descriptor
    from ..transfer.root import Root
    from ..trust import Verdict
    from ..trust.policy import Ground, Judgement


class SignatureCheck:
    """Decides whether an image is let in; called with what of it is copied.

    Args:
        ruling: What the policy says about the image.
        ground: The image, with settings that have a policy.
        listener: Is told what is made of each document, in the order in which they are judged; or None.
    """

    def __init__(
        self, ruling: Ruling, ground: Ground, listener: Callable[[Judgement], None] | None = None
    ) -> None:
        self._ruling = ruling
        self._ground = ground
        self._listener = listener

    def __call__(self, root: Root) -> None:
        """Return where the image is let in.

        Raises:
            Forbidden: It is not.
            InvalidSettings: A key of the policy cannot be read.
            Unsupported: A program is missing.
        """
        with Judge(self._ruling, self._ground) as judge:
            self._check(judge, root.at_source, root.follows, ())

    def _check(
        self,
        judge: Judge,
        opened: Opened,
        follows: Callable[[Descriptor], bool],
        above: tuple[Judgement, ...],
    ) -> None:
        ground = self._ground
        subject = Subject(content=opened.content, digest=opened.descriptor.digest, name=ground.name)
        judgement = judge.judge(subject)
        if self._listener is not None:
            self._listener(judgement)
        if judgement.is_accepted:
            return
        failed = (*above, judgement)
        children = self._children(opened, follows)
        if not children:
            raise self._refusal(failed)
        limit = ground.session.limits.index_depth
        if len(above) >= limit:
            raise LimitExceeded(limit="index_depth", allowed=limit, where=ground.source.label)
        for child in children:
            self._check(judge, Opened(child, ground.source.document(child)), _all, failed)

    def _children(self, opened: Opened, follows: Callable[[Descriptor], bool]) -> tuple[Descriptor, ...]:
        document = parse_known(opened, where=self._ground.source.label)
        return tuple(filter(follows, document.manifests)) if isinstance(document, Index) else ()

    def _refusal(self, failed: tuple[Judgement, ...]) -> Forbidden:
        """Return why an image is not let in, of which neither it nor what it was reached through is signed.

        What could not be asked is told first: where an index might have been signed for all that is known, it
        would be wrong to say that its image has no signature, and to leave it at that. Next come signatures
        that are there and no good.
        """
        policy = self._ground.session.settings.policy
        path = "" if policy is None else policy.path
        verdicts = [each.answers[-1].verdict for each in failed]
        telling = (each for kind in (Unsettled, Invalid) for each in verdicts if isinstance(each, kind))
        told = next(telling, verdicts[-1])
        said = "" if told is None else f"{_explained(told)}; "
        *above, wanted = (each.subject.digest for each in failed)
        indexes = "".join(f", or the index {each}" for each in reversed(above))
        return Forbidden(
            f"{self._ground.image}: {said}the policy {path} wants {wanted} signed{indexes}"
            f" ({self._ruling.key})",
            path=path,
            key=self._ruling.key,
        )


def _all(_child: Descriptor) -> bool:
    return True


def _explained(verdict: Verdict) -> str:
    match verdict:
        case Unsettled(unasked=unasked):
            return f"its signatures could not be asked for: {unasked[0].reason.message}"
        case Invalid(refused=refused):
            shown = "; ".join(f"{each.signature.found_at}: {each.reason}" for each in refused[:3])
            return f"none of its signatures is good: {shown}"
        case Unsigned(places=places):
            return f"it has no signature in {', '.join(places)}" if places else "signatures of it lie nowhere"
        case Verified():
            return "it is signed"
