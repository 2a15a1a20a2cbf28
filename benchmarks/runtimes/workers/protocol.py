"""How a worker is spoken to: a line of JSON each way, photos in .npy files.

Workers run where neither this project nor Keras is installed. The first line
is the job: `file` and `options`. Each further line names a `photo` and where
its `result` goes; the answer says what the runtime took for it.
"""

import json
import os
import sys
import time

import numpy as np


def serve(open_model):
    """Answers until the other side ends.

    Args:
        open_model: function of a path and the options of the job; returns a
            function of a photo, uint8 (H, W, 3), to the colorized photo, of
            the same type and shape. A dict instead is all there is to say.
    """
    # Some runtimes print to the standard output: it becomes the error output.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)

    def answer(**content):
        answers.write(json.dumps(content) + "\n")
        answers.flush()

    job = json.loads(sys.stdin.readline())
    # Whatever a runtime raises is what there is to report.
    try:
        colorize = open_model(job["file"], job["options"])
    except Exception as error:
        answer(error=one_line(error))
        return
    if isinstance(colorize, dict):
        answer(**colorize)
        return
    answer(loaded=True)
    for line in sys.stdin:
        turn = json.loads(line)
        photo = np.load(turn["photo"])
        cpu, wall = time.process_time(), time.perf_counter()
        try:
            result = colorize(photo)
        except Exception as error:
            answer(error=one_line(error))
            continue
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        np.save(turn["result"], np.asarray(result))
        answer(wall=wall, cpu=cpu)


def one_line(error):
    """Returns what an exception says, in one line."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:400]}"
