"""The distribution protocol without input or output: pure functions and small frozen values.

No sockets, no clock, no randomness: what is needed of them arrives as arguments. Everything that comes from
a peer is hostile until one of these modules has looked at it: a parser returns a value or raises an error of
ours, whatever the text, and no rule here leads from https to http or to a host that the user did not choose
without saying so. Source: distribution-spec v1.1 (spec.md), and the token documents of the distribution
project.
"""
