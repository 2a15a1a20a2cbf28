"""Colorizing inside AWS Lambda, with onnxruntime, NumPy and Pillow alone.

`function` is what Lambda calls: it tells the kinds of events apart, of which
`http_events` knows API Gateway and function URLs, and `s3_events` buckets.
`options` reads what may be asked for, `models` holds the sessions, `settings`
what whoever deploys decides, `refusals` what users are told.

Nothing is written to disk. `export/aws_lambda` packs and documents it.
"""
