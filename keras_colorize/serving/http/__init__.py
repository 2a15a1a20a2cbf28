"""The HTTP server: `keras-colorize serve`.

A request meets, in this order, `gate` (API key, place in the queue, size and
time of its body), `routes` (what it may ask for), `workers` (processes that
compute) and there `jobs` (bytes in, bytes out). `errors` gives every refusal
a reason, `catalog` says which models may be asked for, `app` puts all of it
together and `server` runs it. The web page is in `serving/web`.

Nothing here fetches an address or opens a path that a client names.
"""
