"""What the programs that make calls with boto3 have in common. It stands before each of them."""

import datetime
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def dense(name):
    return name.replace("_", "").lower()


def taken(shape, value):
    """Returns an answer with dense names. Keys of maps and of policies stay as they are."""
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if shape.type_name == "structure":
        return {dense(name): taken(shape.members[name], inner) for name, inner in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [taken(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: taken(shape.value, item) for key, item in value.items()}
    return value


def client(service, endpoint):
    return boto3.client(
        service,
        region_name="eu-central-1",
        endpoint_url=endpoint,
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        # The server has no host names below its own.
        config=Config(retries={"total_max_attempts": 1}, inject_host_prefix=False),
    )


