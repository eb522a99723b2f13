"""Signatures of the Notary Project: X.509 chains in JWS and COSE envelopes, judged by a trust policy.

`envelope` reads both forms (`jws`, `cose`) into one value and holds it against the key in its first
certificate; `certificate` has the rules for chains, `trust_policy` and `trust_store` what somebody trusts;
`verifier` puts them together in the order of the specification, `signer` makes them. The cryptography is
that of `cryptography`; CBOR is read by `cbor2`, timestamps by `rfc3161_client`. None of it is written here,
and none of them is loaded before it is needed.
"""
