"""What a policy makes of an image; and the one table of who answers to which of its requirements.

A family brings a module with two functions (`Practice`): where its signatures of an image lie, and who
verifies them for a requirement. It is loaded when a policy asks for it. Requirements are judged in order, up
to the first that does not hold; each sees the signatures of its own family alone.

Every requirement is held against one document: the bytes of the subject. What an index covers is its caller's
business (`oci.facade.signature_check`).
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, Self, cast

from ..frozen import frozen
from ..settings.policy import AcceptAnything, DigestOnlySigned, NotationSigned, SignedBy, SigstoreSigned
from .family import examine
from .verdict import Verified

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager
    from types import TracebackType

    from ..content import Source
    from ..settings.policy import Requirement, Ruling
    from ..spec import Reference
    from ..transports.name import ImageName
    from ..transports.session import Session
    from .family import Shelf, Verifier
    from .signature import Subject
    from .verdict import Reading, Verdict

MODULES: Final[Mapping[type[Requirement], str]] = {
    SignedBy: ".simple.practice",
    SigstoreSigned: ".cosign.practice",
    NotationSigned: ".notation.practice",
    DigestOnlySigned: ".bundle.practice",
}
"""Each requirement that is about signatures, and the module that answers to it, relative to this package."""

_GPG: Final = "GPGKeys"
"""The only kind of key of ``signedBy`` that anybody has implemented."""


@frozen(kw_only=True)
class Ground:
    """One image, and what there is to look for its signatures in.

    Args:
        image: The image as the user named it: where it really comes from, a mirror say, is of no account.
        name: Its whole name, or None where it has none.
        source: The place that it is read from, opened.
        session: Settings, cancelling, limits and connections of that side.
    """

    image: ImageName
    name: Reference | None
    source: Source
    session: Session


class Practice(Protocol):
    """What the module of a family offers."""

    def shelves(self, ground: Ground) -> Iterable[Shelf]:
        """Return the places that may have signatures of this family, of this image.

        Raises:
            InvalidSettings: What tells of the places cannot be understood.
        """

    def verifier(self, requirement: Requirement, ground: Ground) -> AbstractContextManager[Verifier]:
        """Return who verifies what a requirement asks for; it is entered before anything is read.

        Args:
            requirement: The requirement, of the type that the table has for this module.
            ground: The image.

        Raises:
            InvalidSettings: A key that the policy names cannot be read.
            Unsupported: A program is missing.
        """


@frozen(kw_only=True)
class Answer:
    """What came of one requirement.

    Args:
        requirement: The requirement.
        verdict: What was found out; None for one that is not about signatures.
    """

    requirement: Requirement
    verdict: Verdict | None = None

    @property
    def holds(self) -> bool:
        """Whether it is satisfied."""
        return isinstance(self.verdict, Verified) or isinstance(self.requirement, AcceptAnything)


@frozen(kw_only=True)
class Judgement:
    """What a policy makes of one document.

    Args:
        ruling: What the policy says about the image.
        subject: The document.
        answers: What came of each requirement, up to the first that does not hold; never empty.
    """

    ruling: Ruling
    subject: Subject
    answers: tuple[Answer, ...]

    @property
    def is_accepted(self) -> bool:
        """Whether everything that is required holds."""
        return all(answer.holds for answer in self.answers)

    @property
    def is_proved(self) -> bool:
        """Whether a signature proves it, which is more than that nothing speaks against it."""
        return self.is_accepted and any(isinstance(answer.verdict, Verified) for answer in self.answers)


class Judge:
    """Holds documents of one image against what a policy demands; a context manager, for its verifiers.

    Args:
        ruling: What the policy says about the image.
        ground: The image. Its requirements have to be ones that `is_judged` knows.
    """

    def __init__(self, ruling: Ruling, ground: Ground) -> None:
        self._ruling = ruling
        self._ground = ground
        self._stack = ExitStack()
        self._verifiers: dict[int, Verifier] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def judge(self, subject: Subject) -> Judgement:
        """Judge one document.

        Raises:
            OciError: That is not possible: a key cannot be read, a program is missing.
        """
        answers: list[Answer] = []
        readings: dict[str, tuple[Reading, ...]] = {}
        for number, requirement in enumerate(self._ruling.requirements):
            answers.append(self._answer(number, requirement, subject, readings))
            if not answers[-1].holds:
                break
        return Judgement(ruling=self._ruling, subject=subject, answers=tuple(answers))

    def _answer(
        self,
        number: int,
        requirement: Requirement,
        subject: Subject,
        readings: dict[str, tuple[Reading, ...]],
    ) -> Answer:
        module = MODULES.get(type(requirement))
        if module is None:
            return Answer(requirement=requirement)
        practice = _practice(module)
        verifier = self._verifiers.get(number)
        if verifier is None:
            verifier = self._stack.enter_context(practice.verifier(requirement, self._ground))
            self._verifiers[number] = verifier
        if module not in readings:
            readings[module] = tuple(shelf.read(subject) for shelf in practice.shelves(self._ground))
        return Answer(requirement=requirement, verdict=examine(readings[module], verifier, subject))


@contextmanager
def verifiers_of(ruling: Ruling, ground: Ground) -> Iterator[list[Verifier]]:
    """Return who verifies for each requirement of signatures, for showing what it makes of each of them.

    Args:
        ruling: What the policy says about an image.
        ground: The image.

    Raises:
        InvalidSettings: A key that the policy names cannot be read.
        Unsupported: A program is missing.
    """
    with ExitStack() as stack:
        yield [
            stack.enter_context(_practice(MODULES[type(each)]).verifier(each, ground))
            for each in ruling.requirements
            if is_judged(each)
        ]


def is_judged(requirement: Requirement) -> bool:
    """Tell whether a requirement of signatures can be judged; one that cannot must never be passed over."""
    if isinstance(requirement, SignedBy) and requirement.key_type != _GPG:
        return False
    return type(requirement) in MODULES


def _practice(module: str) -> Practice:
    # A module is as good an object as any: mypy cannot see what a computed import returns.
    return cast("Practice", import_module(module, __package__))
