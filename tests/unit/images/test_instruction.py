"""Instructions of a Containerfile as changes of a configuration."""

from __future__ import annotations

import pytest

from oci import ConfigChanges, parse_instructions
from oci.errors import InvalidValue

SHELL = ("/bin/sh", "-c")


@pytest.mark.parametrize(
    ("text", "changes"),
    [
        ('CMD ["/bin/a", "b c"]', ConfigChanges(command=("/bin/a", "b c"))),
        ("CMD=/bin/a b", ConfigChanges(command=(*SHELL, "/bin/a b"))),
        ("cmd [ -f x ] && y", ConfigChanges(command=(*SHELL, "[ -f x ] && y"))),
        ("CMD [1]", ConfigChanges(command=(*SHELL, "[1]"))),
        ("ENTRYPOINT=", ConfigChanges(entrypoint=())),
        ('ENTRYPOINT ["a"]', ConfigChanges(entrypoint=("a",))),
        ("ENV A=b", ConfigChanges(env={"A": "b"})),
        ("ENV=A=b", ConfigChanges(env={"A": "b"})),
        ("ENV A='b c' D=\"e=f\"", ConfigChanges(env={"A": "b c", "D": "e=f"})),
        ("ENV A b c", ConfigChanges(env={"A": "b c"})),
        ("LABEL a.b=c", ConfigChanges(labels={"a.b": "c"})),
        ("EXPOSE 80 53/udp", ConfigChanges(exposed_ports=("80/tcp", "53/udp"))),
        ("VOLUME /a /b", ConfigChanges(volumes=("/a", "/b"))),
        ('VOLUME ["/a b"]', ConfigChanges(volumes=("/a b",))),
        ("USER app:app", ConfigChanges(user="app:app")),
        ("WORKDIR /srv", ConfigChanges(working_directory="/srv")),
        ("STOPSIGNAL SIGQUIT", ConfigChanges(stop_signal="SIGQUIT")),
    ],
)
def test_an_instruction_is_read(text: str, changes: ConfigChanges) -> None:
    assert parse_instructions([text]) == changes


def test_instructions_add_up_and_the_last_one_counts() -> None:
    found = parse_instructions(["ENV A=1", "ENV B=2 A=3", "USER a", "USER b", "EXPOSE 1", "EXPOSE 2"])
    assert found == ConfigChanges(env={"A": "3", "B": "2"}, user="b", exposed_ports=("1/tcp", "2/tcp"))
    assert parse_instructions([]) == ConfigChanges()


@pytest.mark.parametrize(
    "text",
    [
        *("", "CMD", "FOO=1", "ONBUILD RUN x", "EXPOSE", "EXPOSE abc", "EXPOSE 0", "EXPOSE 70000"),
        *("EXPOSE 1/x", "ENV", "ENV =b", "LABEL a", "LABEL 'a", "USER=", "WORKDIR here", "STOPSIGNAL="),
    ],
)
def test_what_is_no_instruction_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        parse_instructions([text])
