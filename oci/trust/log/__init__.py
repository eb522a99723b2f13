"""Transparency logs (Rekor): what they have recorded, when, and how they prove it."""
