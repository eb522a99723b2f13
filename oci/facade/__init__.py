"""The one-call façade: a common job, from names in the form people write them to a typed result.

Its functions are exported by `oci` itself, which loads the module of each when it is first used: looking at
an image (`oci.facade.image`) needs nothing of what moves one (`oci.facade.transfer`).
"""
