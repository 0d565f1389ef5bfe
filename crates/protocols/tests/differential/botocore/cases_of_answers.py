"""Answers of generated outputs, as botocore reads them."""

import base64
import io
import json

import botocore.parsers
from botocore.awsrequest import HeadersDict

import written
from generated import Generator
from models import model, plain, protocols

KINDS = ("least", "most", "more")


def parser(protocol):
    factory = botocore.parsers.ResponseParserFactory()
    factory.set_parser_defaults(blob_parser=base64.b64decode)
    return factory.create_parser(protocol)


def cases(services):
    for service in services:
        service_model = model(service)
        for protocol in protocols(service_model):
            reader = parser(protocol)
            for name in service_model.operation_names:
                operation = service_model.operation_model(name)
                if operation.output_shape is None or operation.has_event_stream_output:
                    continue
                for kind in KINDS:
                    yield case_of(service, protocol, reader, operation, kind)


def case_of(service, protocol, reader, operation, kind):
    shape = operation.output_shape
    generator = Generator(f"{service} {operation.name} {kind} output", kind)
    value = generator.make(shape)
    payload = shape.serialization.get("payload")
    # Services always send a structure that is the whole body.
    if payload and payload not in value and shape.members[payload].type_name == "structure":
        value[payload] = generator.make(shape.members[payload])
    headers, body = answer(protocol, operation, value)
    if service == "s3" and operation.name == "GetBucketLocation":
        # The model does not say that the root element is the member itself.
        body = written.xml_members(shape, value).encode() or b"<LocationConstraint/>"
    # A body has the length that is declared.
    headers = [[name, str(len(body)) if name.lower() == "content-length" else text] for name, text in headers]
    case = {
        "service": service, "protocol": protocol, "operation": operation.name, "kind": kind,
        "answer": {"status": 200, "headers": headers, "body": plain(body)},
    }
    try:
        received = io.BytesIO(body) if operation.has_streaming_output else body
        read = reader.parse({"status_code": 200, "headers": HeadersDict(dict(headers)), "body": received}, shape)
        read.pop("ResponseMetadata", None)
        if service == "s3" and operation.name == "GetBucketLocation":
            read = {name: text for name, text in value.items() if text}
        case["output"] = plain(read)
    except Exception as error:
        case["refused"] = f"{type(error).__name__}: {error}"
    return case


def answer(protocol, operation, value):
    """Returns the headers and the body."""
    shape, name = operation.output_shape, operation.name
    if protocol == "ec2":
        members = written.xml_members(shape, value) + "<requestId>id-1</requestId>"
        namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"
        return [["Content-Type", "text/xml"]], f'<{name}Response xmlns="{namespace}">{members}</{name}Response>'.encode()
    if protocol == "query":
        wrapper = shape.serialization.get("resultWrapper")
        members = written.xml_members(shape, value)
        result = f"<{wrapper}>{members}</{wrapper}>" if wrapper else members
        metadata = "<ResponseMetadata><RequestId>id-1</RequestId></ResponseMetadata>"
        return [["Content-Type", "text/xml"]], f'<{name}Response xmlns="http://a/">{result}{metadata}</{name}Response>'.encode()
    if protocol == "json":
        return [], json.dumps(written.as_json(shape, value)).encode()
    if protocol == "smithy-rpc-v2-cbor":
        return [["smithy-protocol", "rpc-v2-cbor"]], written.as_cbor(shape, value)
    return written.members_in_headers(shape, value), rest_body(protocol, shape, value)


def rest_body(protocol, shape, value):
    payload = shape.serialization.get("payload")
    if payload:
        if payload not in value:
            return b""
        member, inner = shape.members[payload], value[payload]
        if member.type_name == "blob":
            return inner
        if member.type_name == "string":
            return inner.encode()
        if protocol == "rest-json":
            return json.dumps(written.as_json(member, inner)).encode()
        return written.as_xml(member, inner, written.wire_name(shape, payload)).encode()
    rest = written.in_body(shape, value)
    if protocol == "rest-json":
        return json.dumps({written.wire_name(shape, n): written.as_json(shape.members[n], v) for n, v in rest.items()}).encode()
    return f"<{shape.name}>{written.xml_members(shape, rest)}</{shape.name}>".encode()
