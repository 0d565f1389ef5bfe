"""Prints polls of botocore's waiters, and the state that botocore gives to each.

A line for each poll: {"service", "waiter", "status", "error", "answer", "state"}. "answer" has the fields that the
expressions of the waiter name, with random values, in snake case; "state" is null if no acceptor matches. Each acceptor
matches at least once."""

import json
import random
import re
import sys

from botocore import xform_name
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.waiter import WaiterModel
from jmespath.exceptions import JMESPathTypeError

TRIES = 4000
choose = random.Random(20).choice


def made(shape, names, texts, depth):
    if shape.type_name == "structure":
        members = [name for name in shape.members if name in names and (depth > 0 or choose([True, True, True, False]))]
        return {name: made(shape.members[name], names, texts, depth + 1) for name in members}
    if shape.type_name == "list":
        return [made(shape.member, names, texts, depth + 1) for _ in range(choose([0, 1, 1, 2, 3]))]
    if shape.type_name == "map":
        return {key: made(shape.value, names, texts, depth + 1) for key in ["a", "b"][: choose([0, 1, 2])]}
    if shape.type_name == "boolean":
        return choose([True, False])
    if shape.type_name in ("integer", "long", "float", "double"):
        return choose([0, 1, 2])
    return choose(texts)


def in_snake_case(value, shape):
    if shape.type_name == "structure":
        return {xform_name(name): in_snake_case(item, shape.members[name]) for name, item in value.items()}
    if shape.type_name == "list":
        return [in_snake_case(item, shape.member) for item in value]
    if shape.type_name == "map":
        return {key: in_snake_case(item, shape.value) for key, item in value.items()}
    return value


def state(config, response):
    """Returns the index of the first acceptor that matches. A wrong type is no match: botocore ends the wait."""
    for at, acceptor in enumerate(config.acceptors):
        try:
            if acceptor.matcher_func(response):
                return at
        except JMESPathTypeError:
            pass
    return None


def polls(service, name, config, output):
    acceptors = config.acceptors
    words = set()
    for acceptor in acceptors:
        words.update(re.findall(r"\w+", acceptor.argument or ""))
    codes = [a.expected for a in acceptors if a.matcher == "error" and isinstance(a.expected, str)] + ["OtherError"]
    statuses = [a.expected for a in acceptors if a.matcher == "status"] + [200, 400]
    quoted = re.findall(r"'(\w+)'", " ".join(a.argument or "" for a in acceptors))
    texts = [a.expected for a in acceptors if a.matcher.startswith("path") and isinstance(a.expected, str)]
    texts = texts + quoted + ["other"]
    matched = {}
    for attempt in range(TRIES):
        if len(matched) == len(acceptors) and attempt >= 20:
            break
        # Most answers of a list have one text, which pathAll needs.
        some = [choose(texts)] if choose([True, False]) else texts
        answer = made(output, words, some, 0) if output else {}
        status, error = choose(statuses), choose(codes) if choose([True, False, False]) else None
        response = {"ResponseMetadata": {"HTTPStatusCode": status}, **({} if error else answer)}
        if error:
            response["Error"] = {"Code": error}
        at = state(config, response)
        is_new = at is not None and at not in matched
        if attempt < 20 or is_new:
            yield {
                "service": service,
                "waiter": xform_name(name),
                "status": status,
                "error": error,
                "answer": in_snake_case(answer, output) if output else {},
                "state": None if at is None else acceptors[at].state,
            }
        if at is not None:
            matched[at] = True
    for at in set(range(len(acceptors))) - set(matched):
        sys.exit(f"{service}.{name}: no answer matches the acceptor {acceptors[at].explanation}")


loader = Loader()
for service in loader.list_available_services("service-2"):
    try:
        waiters = WaiterModel(loader.load_service_model(service, "waiters-2"))
    except DataNotFoundError:
        continue
    model = ServiceModel(loader.load_service_model(service, "service-2"))
    for name in waiters.waiter_names:
        config = waiters.get_waiter(name)
        output = model.operation_model(config.operation).output_shape
        for poll in polls(service.replace("-", "_"), name, config, output):
            print(json.dumps(poll))
