"""Published PyTorch checkpoints as models of this package.

`checkpoint` has both verbs: `import_checkpoint` gives the model,
`convert_to_preset` writes it as a folder of weights. `pytorch_file` reads the
file and runs no code of it; `release` says which tensor is which variable, by a
table for each family (`eccv16`, `siggraph17`, `ddcolor`). The files are the
user's: nothing is downloaded.
"""
