"""The one-call façade: a common job, from names in the form people write them to a typed result."""
