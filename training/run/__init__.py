"""One training run, from a `TrainConfig` to a folder of weights.

`runner.run_training` is where it begins. It and `assembly` take the
configuration apart; every other module gets the part that it is about:

1. `inputs` finds the photos, estimates the color prior, and makes batches
   (`config.data`, `config.loss`).
2. `assembly` builds the network, loads the weights it starts from
   (`config.model`) and compiles it with what `optimization` makes of
   `config.optimizer`, `config.schedule` and `config.loss`, or puts it beside
   the discriminator of `adversarial` (`config.adversary`).
3. `averaging` keeps the average of the weights.
4. `callbacks` write the log, the sample photos and the `checkpoints`, and
   lower the learning rate; a run that was killed goes on from there.
5. `processes` tells several of them apart that train one model.
"""
