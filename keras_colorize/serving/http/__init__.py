"""The HTTP server: `keras-colorize serve`.

A request meets, in this order, `connections` (how many, and how slow),
`requests_log` (its id, its line, `metrics`), `sites` (where it comes from),
`gate` (API key, place in the queue) with `uploads` (size and time of its body),
`routes` (what it may ask for), `workers` (processes that compute) and there
`jobs` (bytes in, bytes out). `errors` gives everything that goes wrong a
reason, `app` puts all of it together and `server` runs it. What clients may ask
for is in `serving.web_api`, the web page in `serving/web`.

Nothing here fetches an address or opens a path that a client names.
"""
