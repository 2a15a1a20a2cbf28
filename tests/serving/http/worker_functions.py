"""What worker processes are told to do in tests; imported there."""

import os
import time


def identify(value):
    return os.getpid(), value


def sleep(seconds):
    time.sleep(seconds)


def die():
    os._exit(1)


def fail():
    raise ZeroDivisionError("a bug")
