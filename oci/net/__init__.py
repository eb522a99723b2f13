"""The one HTTP client: bytes on sockets, and the rules that need a clock or a connection.

`oci.net.client.Client` is what other rooms use. Beneath it, `oci.net.transport.SocketTransport` is an
ordinary httpx transport. What can be decided without I/O (challenges, redirect and retry verdicts, forbidden
addresses) is `oci.wire`'s. Nothing here reads the environment: proxies, certificates and credentials
come as values.
"""
