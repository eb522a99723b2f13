"""Registries: repositories as places, over the distribution protocol."""
