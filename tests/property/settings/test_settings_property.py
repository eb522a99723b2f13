"""Properties of settings: whatever lies on the disk, a value or an error that names it, never a secret."""

from __future__ import annotations

import json
from contextlib import suppress
from itertools import pairwise
from string import ascii_lowercase
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from oci.errors import CredentialError, InvalidDocument, InvalidSettings, InvalidValue, OciError
from oci.settings import AuthFile, Credential, HelperCall
from oci.settings.auth_edit import entry_of, with_entry, without_entries
from oci.settings.auth_key import normalized, scopes_of
from oci.settings.credential_helper import parse_get, store_input
from oci.settings.proxy import proxies_of
from oci.spec import strict_json
from tests.property import hostile

if TYPE_CHECKING:
    from collections.abc import Mapping

PATH = "/home/u/auth.json"
CALL = HelperCall("pass", "r.example")
SECRET = "TOPSECRETVALUE"

encodable = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
usernames = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters=":\x7f"), min_size=1, max_size=8
)
visible = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=12)
credentials = st.one_of(
    # What ends in NUL bytes loses them: old Docker versions pad passwords with them.
    st.builds(Credential.of_login, usernames, encodable.filter(lambda p: bool(p) and not p.endswith("\0"))),
    st.builds(lambda token: Credential(identity_token=token), visible),
    st.builds(lambda token: Credential(registry_token=token), visible),
)
hosts = st.sampled_from(["docker.io", "r.example", "r.example:5000", "localhost"])
keys = st.builds(lambda host, path: f"{host}{path}", hosts, st.sampled_from(["", "/a", "/a/b"]))
entries = st.dictionaries(
    keys | hostile.texts.map(lambda t: t.encode("utf-8", "replace").decode()),
    credentials.map(entry_of) | st.just({}),
    max_size=4,
)
others = st.dictionaries(
    st.text(ascii_lowercase, min_size=6, max_size=8), st.integers() | encodable, max_size=3
)


def parse(members: object) -> AuthFile:
    return AuthFile.parse(json.dumps(members).encode(), path=PATH)


@given(
    hostile.bodies()
    | hostile.documents(
        auths=st.dictionaries(st.text(max_size=5), st.just({"auth": "YTpi"}), max_size=2),
        credHelpers=st.dictionaries(st.text(max_size=5), hostile.texts, max_size=2),
        credsStore=hostile.texts,
    ),
    st.booleans(),
)
def test_any_bytes_are_an_auth_file_or_refused_by_name(raw: bytes, is_legacy: bool) -> None:
    try:
        file = AuthFile.parse(raw, path=PATH, is_legacy=is_legacy)
        found = [*file.lookup("r.example", "a/b"), *file.lookup("docker.io")]
    except InvalidSettings as error:
        assert error.path == PATH
        assert error.message.isprintable()
        return
    except CredentialError as error:
        assert error.message.isprintable()
        return
    for item in found:
        if isinstance(item, HelperCall):
            assert "/" not in item.program
            assert item.program.isascii()


@given(
    keys, st.sampled_from(["auth", "password", "identitytoken", "registrytoken", "username"]), hostile.texts
)
def test_no_error_about_an_entry_says_what_is_in_it(key: str, member: str, noise: str) -> None:
    noise = noise.encode("utf-8", "replace").decode()
    with suppress(OciError):
        file = parse({"auths": {key: {member: f"{noise}{SECRET}{noise}"}}})
        assert SECRET not in repr(file)
        try:
            found = list(file.lookup(key.partition("/")[0], "a/b"))
        except InvalidSettings as error:
            assert SECRET not in f"{error} {error.hint} {error.__cause__}"
        else:
            shown = "".join(map(repr, found))
            assert member == "username" or SECRET not in shown


@given(entries, others, keys, credentials, st.sampled_from([None, 2, "\t"]))
def test_a_login_changes_one_entry_and_logging_out_takes_it_back(
    before: Mapping[str, object],
    other: dict[str, object],
    key: str,
    credential: Credential,
    indent: int | str | None,
) -> None:
    members = {**other, "auths": {k: v for k, v in before.items() if k != key}}
    text = json.dumps(members, indent=indent)
    with suppress(InvalidDocument):
        strict_json.loads(text.encode(), where="x")
        grown = with_entry(text, key, entry_of(credential), path=PATH)
        after = json.loads(grown)
        assert list(after) == list(members)
        assert after["auths"][key] == entry_of(credential)
        shrunk = without_entries(grown, [key], path=PATH)
        assert json.loads(shrunk) == members
        assert shrunk == text or not members["auths"] or not text.isascii()


@given(keys, credentials)
def test_what_is_written_is_found_again(key: str, credential: Credential) -> None:
    text = with_entry("", key, entry_of(credential), path=PATH)
    host, _, path = key.partition("/")
    found = list(AuthFile.parse(text.encode(), path=PATH).lookup(host, path))
    assert found == [credential]


@given(credentials, hosts)
def test_what_a_helper_is_given_comes_back(credential: Credential, host: str) -> None:
    call = HelperCall("pass", host)
    with suppress(CredentialError):
        assert parse_get(call, 0, store_input(call, credential)) == credential


@given(st.integers(-9, 3), hostile.bodies() | hostile.documents(Username=st.text(), Secret=st.text()))
def test_any_answer_of_a_helper_is_a_credential_or_an_error(status: int, output: bytes) -> None:
    try:
        credential = parse_get(CALL, status, output)
    except CredentialError as error:
        assert error.message.isprintable()
        return
    assert credential is None or status == 0


@given(usernames | st.text(), hostile.texts)
def test_any_option_is_a_credential_or_refused(username: str, noise: str) -> None:
    try:
        credential = Credential.parse(f"{username}:{SECRET}{noise}")
    except InvalidValue as error:
        assert SECRET not in str(error)
        return
    assert SECRET not in repr(credential)
    assert credential.login == (username.partition(":")[0], f"{username}:{SECRET}{noise}".partition(":")[2])


@given(hostile.texts)
def test_normalizing_twice_changes_nothing(key: str) -> None:
    assert normalized(normalized(key)) == normalized(key) or "://" in normalized(key)


@given(hosts, st.lists(st.text(ascii_lowercase, min_size=1, max_size=3), max_size=4))
def test_scopes_shrink_to_the_host(host: str, parts: list[str]) -> None:
    scopes = scopes_of(host, "/".join(parts))
    assert len(scopes) == len(parts) + 1
    assert scopes[-1] == normalized(host)
    assert all(longer.startswith(f"{shorter}/") for longer, shorter in pairwise(scopes))


@given(
    st.dictionaries(
        st.sampled_from(
            ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"]
        ),
        hostile.texts,
    )
)
def test_in_a_cgi_program_a_request_chooses_no_proxy(environ: dict[str, str]) -> None:
    proxies = proxies_of({**environ, "REQUEST_METHOD": "GET", "HTTP_PROXY": SECRET})
    assert SECRET not in proxies.http
