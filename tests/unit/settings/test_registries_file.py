"""The text of registries.conf: what is read, what is ignored, what is refused, and how that is said."""

from __future__ import annotations

import pytest

from oci.errors import InvalidSettings
from oci.settings import MirrorUse, ShortNameMode
from oci.settings.registries_file import RegistriesFile, merged, parse_registries
from oci.settings.toml_file import MAX_BYTES

PATH = "/etc/containers/registries.conf"

FULL = """
unqualified-search-registries = ["r.example", "s.example:5000/"]
short-name-mode = "enforcing"
credential-helpers = ["containers-auth.json", "pass"]
additional-layer-store-auth-helper = "x"

[[registry]]
prefix = "r.example/foo/"
location = "inner.example/bar/"
insecure = true
blocked = true

[[registry.mirror]]
location = "m.example"
insecure = true
pull-from-mirror = "digest-only"

[[registry.mirror]]
location = "n.example/"

[[registry]]
location = "plain.example"

[aliases]
app = "r.example/team/app"
"library/gone" = ""
"""


MIRROR = '[[registry.mirror]]\nlocation="m.io"'


def rule(location: str, prefix: str = "", more: str = "") -> str:
    shown = f'prefix="{prefix}"\n' if prefix else ""
    return f'[[registry]]\n{shown}location="{location}"\n{more}\n'


def parse(text: str) -> RegistriesFile:
    return parse_registries(text.encode(), path=PATH)


def refused(text: str) -> InvalidSettings:
    with pytest.raises(InvalidSettings) as caught:
        parse(text)
    assert caught.value.path == PATH
    assert caught.value.message.startswith(f"{PATH}: ")
    return caught.value


class TestReading:
    def test_everything_is_read(self) -> None:
        file = parse(FULL)
        assert file.search_registries == ("r.example", "s.example:5000")
        assert file.short_name_mode is ShortNameMode.ENFORCING
        assert file.credential_helpers == ("containers-auth.json", "pass")
        assert file.aliases == {"app": "r.example/team/app", "library/gone": ""}
        assert file.ignored == ()
        foo, plain = file.rules
        assert (foo.prefix, foo.location, foo.is_insecure, foo.is_blocked) == (
            "r.example/foo",
            "inner.example/bar",
            True,
            True,
        )
        assert [(m.location, m.is_insecure, m.use) for m in foo.mirrors] == [
            ("m.example", True, MirrorUse.DIGEST_ONLY),
            ("n.example", False, MirrorUse.ALL),
        ]
        assert (plain.prefix, plain.location, plain.origin) == ("plain.example", "plain.example", PATH)

    def test_an_empty_file_mentions_nothing(self) -> None:
        file = parse("# nothing\n")
        assert (file.rules, file.search_registries, file.short_name_mode, file.credential_helpers) == (
            (),
            None,
            None,
            None,
        )

    def test_all_mirrors_may_be_for_digests_only(self) -> None:
        text = (
            '[[registry]]\nlocation="r.io"\nmirror-by-digest-only=true\n[[registry.mirror]]\nlocation="m.io"'
        )
        assert parse(text).rules[0].mirrors[0].use is MirrorUse.DIGEST_ONLY

    def test_keys_are_found_in_any_case_as_the_original_finds_them(self) -> None:
        assert parse('[[Registry]]\nLocation = "r.io"\nBLOCKED = true').rules[0].is_blocked

    def test_of_two_rules_with_one_prefix_the_first_counts(self) -> None:
        text = '[[registry]]\nprefix="a.io"\nlocation="b.io"\n[[registry]]\nprefix="a.io"\nlocation="c.io"\n'
        assert [rule.location for rule in parse(text).rules] == ["b.io"]

    def test_unknown_keys_are_ignored_and_named(self) -> None:
        text = f'blocekd = true\n{rule("r.io")}\nproxy="x"\n{MIRROR}\nfoo=1'
        assert parse(text).ignored == (
            f"{PATH}: blocekd",
            f"{PATH}: registry[0].proxy",
            f"{PATH}: registry[0].mirror[0].foo",
        )


class TestRefusing:
    @pytest.mark.parametrize(
        ("text", "key"),
        [
            ("a = \n", "line 1"),
            ('a = 1\n\nb = "x\n', "line 3"),
            ("a = 1\na = 2\n", "line 2"),
            ("[[registry]]\nblocked = true", "registry[0]"),
            ("registry = 1", "registry"),
            ("registry = [1]", "registry"),
            ('[[registry]]\nlocation = "a.io"\n[[registry]]\nlocation = 1', "registry[1].location"),
            ('[[registry]]\nlocation = "a.io"\ninsecure = "yes"', "registry[0].insecure"),
            ('[[registry]]\nlocation = "a.io"\nLocation = "b.io"', "registry[0].Location"),
            ('[[registry]]\nlocation = "https://a.io"', "registry[0].location"),
            ('[[registry]]\nprefix = "a.io"', "registry[0].location"),
            ('[[registry]]\nprefix = "*.a.io/x"', "registry[0].prefix"),
            ('[[registry]]\nprefix = "*.a.io:5000"', "registry[0].prefix"),
            ('[[registry]]\nlocation = "a.io\\n.evil.io"', "registry[0].location"),
            ('[[registry]]\nlocation = "a.io"\npull-from-mirror = "all"', "registry[0].pull-from-mirror"),
            (f'{rule("a.io")}{MIRROR}\npull-from-mirror="none"', "registry[0].mirror[0].pull-from-mirror"),
            (
                f'{rule("a.io", more="mirror-by-digest-only=true")}{MIRROR}\npull-from-mirror="all"',
                "registry[0].mirror[0].pull-from-mirror",
            ),
            (f"{rule('c.io', 'a.io')}{rule('c.io', 'b.io', 'insecure=true')}", "registry[1].insecure"),
            (f"{rule('c.io', 'a.io')}{rule('c.io', 'b.io', 'blocked=true')}", "registry[1].blocked"),
            ('short-name-mode = "maybe"', "short-name-mode"),
            ('unqualified-search-registries = "a.io"', "unqualified-search-registries"),
            ("unqualified-search-registries = [1]", "unqualified-search-registries"),
            ('unqualified-search-registries = ["a.io/x"]', "unqualified-search-registries"),
            ('unqualified-search-registries = [""]', "unqualified-search-registries"),
            ("credential-helpers = [true]", "credential-helpers"),
            ('aliases = ["x"]', "aliases"),
            ("[aliases]\nx = 1", "aliases.x"),
            ('[aliases]\n"x:1" = "a.io/x"', "aliases.x:1"),
            ('[aliases]\n"a.io/x" = "a.io/x"', "aliases.a.io/x"),
            ('[aliases]\n"X" = "a.io/x"', "aliases.X"),
            ('[aliases]\nx = "a.io/x:1"', "aliases.x"),
            ('[aliases]\nx = "x"', "aliases.x"),
            ('[aliases]\nx = "a.io/X"', "aliases.x"),
            ('[registries.search]\nregistries = ["a.io"]', "registries.search"),
            ("[registries.block]\nregistries = []", "registries.block"),
        ],
    )
    def test_the_error_names_the_file_and_the_key(self, text: str, key: str) -> None:
        assert refused(text).key == key

    def test_a_password_is_not_repeated(self) -> None:
        error = refused('[[registry]]\nlocation = "joe:secret@a.io/x"')
        assert "secret" not in f"{error.message}{error.hint}"
        assert error.key == "registry[0].location"

    def test_what_is_no_text_is_told_with_its_line(self) -> None:
        with pytest.raises(InvalidSettings, match="line 2: not UTF-8"):
            parse_registries(b"# x\na = '\xff'", path=PATH)

    def test_a_file_has_a_limit(self) -> None:
        text = b"#" * MAX_BYTES
        assert parse_registries(text, path=PATH).rules == ()
        with pytest.raises(InvalidSettings, match="larger than"):
            parse_registries(text + b"#", path=PATH)

    @pytest.mark.parametrize("text", ["a = " + "[" * 5000 + "]" * 5000, "a = " + "9" * 5000])
    def test_what_parsers_stumble_over_is_refused(self, text: str) -> None:
        refused(text)


class TestMerging:
    def test_later_files_count_more_setting_by_setting(self) -> None:
        first = parse(FULL)
        second = parse_registries(
            b'unqualified-search-registries = []\n[[registry]]\nlocation="plain.example"\ninsecure=true\n'
            b'[aliases]\napp = ""\nother = "o.io/o"',
            path="/etc/two.conf",
        )
        conf = merged([first, second])
        assert conf.search_registries == ()
        assert conf.short_name_mode is ShortNameMode.ENFORCING
        assert conf.credential_helpers == ("containers-auth.json", "pass")
        assert conf.aliases == {"other": "o.io/o"}
        assert [(rule.prefix, rule.is_insecure) for rule in conf.rules] == [
            ("plain.example", True),
            ("r.example/foo", True),
        ]
        assert conf.origins == (PATH, "/etc/two.conf")

    def test_no_files_are_the_defaults(self) -> None:
        conf = merged([])
        assert conf.credential_helpers == ("containers-auth.json",)
        assert conf.short_name_mode is ShortNameMode.PERMISSIVE
