"""Colorizing inside AWS Lambda, with onnxruntime, NumPy and Pillow alone.

`function` is what Lambda calls: it tells the kinds of events apart, of which
`http_events` knows API Gateway and function URLs, and `s3_events` buckets.
`settings` is what whoever deploys decides; what clients may ask for and are
told is in `serving.web_api`.

Nothing is written to disk. `export/aws_lambda` packs and documents it.
"""
