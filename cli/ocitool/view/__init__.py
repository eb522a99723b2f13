"""What results look like: the library's typed results become values in Go's shape.

Nothing here prints, and nothing here asks anybody for anything.
"""
