"""What the HTTP server and the Lambda function share."""
