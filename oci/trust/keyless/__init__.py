"""Signing without keys: with a key for one signature, certified for whom an identity token names."""
