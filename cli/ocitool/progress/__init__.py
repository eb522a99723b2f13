"""What is shown of a transfer while it runs, and what is said at its end: always on stderr.

Events arrive from worker threads and only change a `Tally`; a thread of this room looks at it a few times a
second and shows it. So showing never slows the transfer down, and a transfer that stalls is seen to.
"""
