"""Whole trees of photos, done once and gone on with after interruptions.

`plan` pairs photos with results, `run` colorizes them, alone or in the
processes of `pool`, and `journal` remembers what was done.
"""
