"""What the HTTP server and the Lambda function share.

`requests` reads and checks what clients send, `refusals` says what becomes of
mistakes, `models` are the models that may be asked for, `limits` the numbers.
`serving.http` and `serving.aws_lambda` are thin doors in front of it.
"""
