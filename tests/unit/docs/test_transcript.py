"""Pages are taken apart and put together without loss, and compared without what changes from run to run."""

from __future__ import annotations

import pytest

from docs.transcript.page import Program, Step, parse, rendered
from docs.transcript.steady import steady

PAGE = """\
# Title

```console
$ ocitool copy a \\
>     b
[    0.1s] done
$ echo $?
0
```

```sh
$ not run
```

```python
# mirror.py
print(1)
```
"""


def test_page_is_taken_apart_and_put_together() -> None:
    parts = parse(PAGE)
    assert rendered(parts) == PAGE
    steps = [part for part in parts if isinstance(part, Step)]
    assert [(step.command, step.output) for step in steps] == [
        ("ocitool copy a \\\n    b", "[    0.1s] done\n"),
        ("echo $?", "0\n"),
    ]
    programs = [part for part in parts if isinstance(part, Program)]
    assert [(program.name, program.text) for program in programs] == [
        ("mirror.py", "# mirror.py\nprint(1)\n")
    ]


@pytest.mark.parametrize(
    "block",
    ["```console\noutput\n$ command\n```\n", "```console\n$ a \\\nb\n```\n", "```python\nprint(1)\n```\n"],
)
def test_block_that_breaks_the_rules(block: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse(block)


def test_times_speeds_and_the_order_of_blobs_do_not_matter() -> None:
    first = "[    0.1s] sent b 3 B, 1.0 kB/s\n[    0.2s] sent a 2 B, 2 B/s\ndone; 1.5 s\n"
    second = "[    7.1s] sent a 2 B, 9.9 MB/s\n[    9.0s] 1 B of 5 B, 0 B/s, 0 of 2 blobs, 2 moving\n"
    second += "[   11.1s] sent b 3 B, 1 B/s\ndone; 11.5 s\n"
    assert steady(first) == steady(second)
    assert steady("send  sha256:b  1 B\nskip  sha256:a  1 B\n") == steady(
        "skip  sha256:a  1 B\nsend  sha256:b  1 B\n"
    )


def test_sizes_digests_and_outcomes_matter() -> None:
    line = "[    0.1s] sent sha256:aa 3 B, 1.0 kB/s\n"
    for other in ("[    0.1s] sent sha256:aa 4 B, 1.0 kB/s\n", "[    0.1s] sent sha256:ab 3 B, 1.0 kB/s\n"):
        assert steady(line) != steady(other)
