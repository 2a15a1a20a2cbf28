"""Events that no service sends; each is answered 400, and none raises."""


def nested(depth):
    """Lists in lists."""
    value = []
    for _ in range(depth):
        value = [value]
    return value


def _http(**changes):
    return {
        "requestContext": {"http": {"method": "POST"}},
        "headers": {"content-type": "application/json"},
        "body": "{}",
        **changes,
    }


def _record(**changes):
    s3 = {"bucket": {"name": "in"}, "object": {"key": "a.png"}}
    return {"eventName": "ObjectCreated:Put", "s3": s3, **changes}


ODD = (None, True, 7, 1.5, [], [1, 2], {}, {"a": 1}, [None], nested(5000))
NOTIFICATIONS = [
    *({"Records": value} for value in (7, None, True, 1.5)),
    *({"Records": [value]} for value in (7, None, True, 1.5)),
    *({"Records": [_record(eventName=value)]} for value in ODD),
    *({"Records": [_record(s3=value)]} for value in ODD),
    *({"Records": [_record(s3={"bucket": value})]} for value in ODD),
    *(
        {"Records": [_record(s3={"bucket": {"name": "a"}, "object": value})]}
        for value in ODD
    ),
]
REQUESTS = [
    *(_http(headers=value) for value in (7, True, [1], "a", {"a": 7})),
    *(_http(headers={"content-type": value}) for value in ODD),
    *(_http(body=value) for value in ODD if value is not None),
    *(_http(queryStringParameters=value) for value in (7, [1], "a", {"a": 7})),
    *(_http(requestContext={"http": value}) for value in (7, [], "a", None)),
]
OTHERS = [
    *({"event": value} for value in ODD),
    *(ODD[:4], [{}], "text", nested(5000), {}),
]
