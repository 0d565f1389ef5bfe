"""Requests of generated inputs."""

import json

import botocore.httpchecksum
import botocore.serialize
from botocore.handlers import add_accept_header, add_glacier_version, fix_route53_ids

from generated import Generator
from models import model, plain, protocols

KINDS = ("least", "most", "more", "others")
TOKEN = "00000000-0000-4000-8000-000000000000"


class Configuration:
    request_checksum_calculation = "when_required"
    response_checksum_validation = "when_required"
    signature_version = "s3v4"


def cases(services):
    for service in services:
        service_model = model(service)
        for protocol in protocols(service_model):
            serializer = botocore.serialize.create_serializer(protocol, include_validation=False)
            for operation in service_model.operation_names:
                yield from cases_of(service, protocol, serializer, service_model.operation_model(operation))


def cases_of(service, protocol, serializer, operation):
    for kind in KINDS if operation.input_shape is not None else KINDS[:1]:
        values = {}
        if operation.input_shape is not None:
            values = Generator(f"{service} {operation.name} {kind}", kind).make(operation.input_shape)
        case = {
            "service": service, "protocol": protocol, "operation": operation.name, "kind": kind,
            "input": json_values(plain(values), operation.input_shape),
        }
        for token in operation.idempotent_members or []:
            values.setdefault(token, TOKEN)
        try:
            case["request"] = request(serializer, operation, values)
        except Exception as error:
            case["refused"] = f"{type(error).__name__}: {error}"
        if operation.has_event_stream_input:
            case["refused"] = "event stream input"
        yield case


def json_values(values, shape):
    """A member that is sent as JSON in a header is text for us."""
    for name, member in shape.members.items() if shape is not None else []:
        if member.serialization.get("jsonvalue") and name in values and not isinstance(values[name], str):
            values[name] = json.dumps(values[name], separators=(",", ":"))
    return values


def request(serializer, operation, values):
    service = operation.service_model.service_name
    if service == "route53":
        fix_route53_ids(values, operation)
    made = serializer.serialize_to_request(values, operation)
    if service == "glacier":
        add_glacier_version(operation, made)
    if service == "apigateway":
        add_accept_header(operation, made)
    if operation.http_checksum or operation.http_checksum_required:
        made["context"] = {"client_config": Configuration}
        made["body"] = made["body"] if isinstance(made["body"], (bytes, bytearray)) else made["body"].encode()
        botocore.httpchecksum.resolve_request_checksum_algorithm(made, operation, values)
        botocore.httpchecksum.apply_request_checksum(made)
    query = made["query_string"]
    pairs = []
    for name, value in query.items() if isinstance(query, dict) else query:
        pairs += [[name, str(item)] for item in (value if isinstance(value, (list, tuple)) else [value])]
    headers = {
        name.lower(): value.decode() if isinstance(value, bytes) else str(value)
        for name, value in made["headers"].items()
    }
    return {
        "method": made["method"], "path": made["url_path"], "query": pairs, "headers": headers,
        "body": body(made.get("body", b"")), "host_prefix": made.get("host_prefix"),
    }


def body(made):
    if isinstance(made, dict):
        text = lambda value: ("true" if value else "false") if isinstance(value, bool) else str(value)
        return {"form": sorted([name, text(value)] for name, value in made.items())}
    return {"bytes": plain(made.encode() if isinstance(made, str) else made)}
