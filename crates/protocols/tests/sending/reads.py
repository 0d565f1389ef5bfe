"""Calls every operation that reads without parameters, of every service that moto has, with boto3.

    python3 reads.py URL

Prints an object a line: {service, operation, output} or {service, operation, code, message, status}."""

import base64
import datetime
import json
import os
import re
import sys

import boto3
import botocore.exceptions
import moto
from botocore.config import Config

SPECIAL_FOLDERS = {"elbv2": "elbv2", "logs": "logs", "events": "events", "ce": "ce", "ses": "ses"}


def plain(value):
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        return value.timestamp()
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    return value


def has_backend(service, folders):
    return any(name in folders for name in (service, service.replace("-", ""), service.replace("-", "_")))


def operations(model):
    for name in model.operation_names:
        operation = model.operation_model(name)
        needs_input = operation.input_shape is not None and operation.input_shape.required_members
        if re.match("(List|Describe|Get)", name) and not needs_input and not operation.has_event_stream_output:
            yield name


def result(client, name):
    try:
        output = client._make_api_call(name, {})
    except botocore.exceptions.ClientError as error:
        told = error.response
        return {
            "code": told["Error"].get("Code"), "message": told["Error"].get("Message"),
            "status": told["ResponseMetadata"]["HTTPStatusCode"],
        }
    except Exception as error:
        return {"failed": f"{type(error).__name__}: {error}"}
    output.pop("ResponseMetadata", None)
    return {"output": plain(output)}


folders = set(os.listdir(os.path.dirname(moto.__file__)))
session = boto3.session.Session("AKIAEXAMPLE", "example", region_name="us-east-1")
settings = Config(retries={"max_attempts": 0}, read_timeout=30, inject_host_prefix=False)
for service in session.get_available_services():
    if has_backend(service, folders):
        client = session.client(service, endpoint_url=sys.argv[1], config=settings)
        for name in operations(client.meta.service_model):
            line = {"service": service, "operation": name, **result(client, name)}
            print(json.dumps(line), flush=True)
