"""How good a colorizer is, in figures and for the eye.

A run of `training.evaluate` or `training.quality` goes through:

1. `inputs`: which photos, the mean color and prior of the training photos.
2. `predictors`: the model, gray and mean color, each a function from photo to
   photo; `settings`: what the model is told (its looks, the curve).
3. `scoring`: the one loop. `score_photos(paths, {name: colorize})` colorizes
   every photo and compares it with the truth, score by score
   (`keras_colorize.metrics` defines them).
4. `summary`: means over photos with intervals, and differences to gray.
5. `quality`: steps 2 to 4 in the order of a quality report, then
   `robustness` (network sizes, old photos), `neutrality` (paper and text),
   `regions` (walls and skin), `kid` (photos as a set) and `targets` (what the
   default model is meant to reach).
6. `report` writes numbers and tables, `figures` draws curves, `sheets` lays
   photos out.
"""
