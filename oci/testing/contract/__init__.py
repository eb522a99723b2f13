"""One contract for everything that holds images: a backend inherits the suites by giving a `Backend`.

::

    class TestMyStore(ContentContract, NameContract, GraphContract, TraitContract):
        @pytest.fixture
        def backend(self, tmp_path):
            return MyBackend(tmp_path)

The suites use the seam of `oci.content` only. What a backend does not offer (deleting, listing referrers)
is asked for with ``isinstance`` and not missed; what it declares in its traits is held against what it does.
"""

from .backend import Backend, settled
from .content import ContentContract
from .graph import GraphContract
from .name import NameContract
from .pair import PairContract
from .sample import Sample
from .trait import TraitContract

__all__ = [
    "Backend",
    "ContentContract",
    "GraphContract",
    "NameContract",
    "PairContract",
    "Sample",
    "TraitContract",
    "settled",
]
