"""What is attached to an image in a registry: through the API, or the tag that stands in for it.

distribution-spec 1.1, "Listing Referrers": a client that gets 404 has to read the index under the
fallback tag. A registry that has the API has to answer with what was under those tags before ("Enabling
the Referrers API"), so that other clients look no further once it answers. Some registries forget: a list
that a client keeps under the tag, although the API is there, is not answered with, and what it holds
would go unseen. So an answer of the API that lists nothing is held against the tag, by one request more;
one that lists something counts.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ...content import Listed, Unknown
from ...content.revision import revise
from ...errors import Cancelled, LimitExceeded, OciError
from ...spec import Descriptor
from ...spec.attachment import fallback_tag
from ...spec.media_type import OCI_INDEX
from ...wire import paging, referrer_answer, referrer_tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...content import Attachments, Opened
    from ...net.answer import Answer
    from ...spec import Digest, Document
    from .exchange import Exchange
    from .manifest import Manifests


class Referrers:
    """Lists and records what is attached to the images of one repository.

    Args:
        exchange: The repository's connection.
        manifests: Reads and writes the index under the fallback tag.
    """

    def __init__(self, exchange: Exchange, manifests: Manifests) -> None:
        self._exchange = exchange
        self._manifests = manifests
        # Within a process, changes of the fallback index follow one another; between processes they are
        # made on the condition that the tag has not moved, where the registry knows such, and read again.
        self._writing = threading.Lock()

    def list(self, digest: Digest, *, artifact_type: str = "") -> Attachments:
        """Look for everything whose subject is a digest; never mistakes a failure for an empty list."""
        what = f"referrers of {self._exchange.label}@{digest}"
        try:
            found = self._by_api(digest, artifact_type, what)
            if isinstance(found, referrer_answer.NoReferrersApi):
                return self._by_tag(digest, artifact_type)
            if isinstance(found, Listed) and not found.descriptors:
                return self._forgotten(digest, artifact_type) or found
        except Cancelled:
            raise
        except OciError as error:
            return Unknown(error)
        return found

    def record(self, document: Document, answer: Answer) -> None:
        """Enter a pushed document into its subject's fallback index, unless the registry does that.

        Args:
            document: The document, which has a subject.
            answer: The registry's answer to the push.

        Raises:
            Locked: Others keep replacing the index.
        """
        assert document.subject is not None
        subject = document.subject.digest
        if referrer_tag.is_tracked(answer.headers.get("OCI-Subject"), subject):
            return
        link = document.as_referrer()
        self._amend(subject, lambda listed: referrer_tag.with_referrer(listed, link))

    def forget(self, document: Document) -> None:
        """Take a deleted document out of its subject's fallback index, if it is listed there."""
        assert document.subject is not None
        self._amend(
            document.subject.digest, lambda listed: referrer_tag.without_referrer(listed, document.digest)
        )

    def _amend(self, subject: Digest, change: Callable[[tuple[Descriptor, ...]], bytes | None]) -> None:
        def amended(opened: Opened | None) -> tuple[Descriptor, bytes] | None:
            index = change(self._links(subject, opened))
            return None if index is None else (Descriptor.of(index, OCI_INDEX), index)

        with self._writing:
            revise(self._manifests, fallback_tag(subject), amended)

    def _by_tag(self, digest: Digest, artifact_type: str) -> Listed:
        opened = self._manifests.look(fallback_tag(digest)).opened
        return Listed(referrer_answer.of_type(self._links(digest, opened), artifact_type), via="tag")

    def _forgotten(self, digest: Digest, artifact_type: str) -> Listed | None:
        """Return what the tag lists although the API lists nothing; None where that is nothing either.

        What is no list, or the image itself, which some registries find by such a tag, does not count.
        """
        opened = self._manifests.look(fallback_tag(digest)).opened
        if opened is None or opened.descriptor.media_type != OCI_INDEX or opened.descriptor.digest == digest:
            return None
        links = referrer_answer.of_type(self._links(digest, opened), artifact_type)
        return Listed(links, via="tag") if links else None

    def _links(self, digest: Digest, opened: Opened | None) -> tuple[Descriptor, ...]:
        if opened is None:
            return ()
        where = f"{self._exchange.label}:{fallback_tag(digest)}"
        links = referrer_tag.parse_referrer_index(
            opened.content, claimed=opened.descriptor.media_type, where=where
        )
        self._check_count(len(links), where)
        return links

    def _by_api(
        self, digest: Digest, artifact_type: str, what: str
    ) -> Attachments | referrer_answer.NoReferrersApi:
        url: str | None = self._exchange.urls.referrers(digest, artifact_type=artifact_type)
        seen: set[str] = set()
        found: dict[Descriptor, None] = {}
        while url is not None:
            seen.add(url)
            if len(seen) > self._exchange.limits.pages:
                raise LimitExceeded(limit="pages", allowed=self._exchange.limits.pages, where=what)
            answer = self._exchange.ask("GET", url, accept=(OCI_INDEX,))
            verdict = referrer_answer.judge(
                answer.status, answer.headers, answer.body, artifact_type=artifact_type, where=what
            )
            # A registry that has shown a page has the API: the rest of its list is not known.
            if isinstance(verdict, referrer_answer.NoReferrersApi) and len(seen) == 1:
                return verdict
            if not isinstance(verdict, referrer_answer.ReferrerPage):
                reason = verdict.reason if isinstance(verdict, referrer_answer.ReferrersUnknown) else None
                return Unknown(reason or self._exchange.failure(answer, method="GET", what=what))
            found.update(dict.fromkeys(verdict.descriptors))
            self._check_count(len(found), what)
            url = paging.next_page(url, answer.headers, seen=seen)
        return Listed(tuple(found), via="api")

    def _check_count(self, referrers: int, where: str) -> None:
        allowed = self._exchange.limits.referrers
        if referrers > allowed:
            raise LimitExceeded(limit="referrers", allowed=allowed, where=where)
