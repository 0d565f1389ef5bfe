"""Event streams, frame by frame."""

import json
import struct
import zlib

import botocore.eventstream

import written
from cases_of_answers import parser
from generated import Generator
from models import model, plain

KINDS = ("most", "more", "others")


def cases(services):
    for service in services:
        service_model = model(service)
        protocol = service_model.resolved_protocol
        reader = parser(protocol)._event_stream_parser
        for name in service_model.operation_names:
            operation = service_model.operation_model(name)
            if operation.has_event_stream_output:
                yield case_of(service, protocol, reader, operation)


def case_of(service, protocol, reader, operation):
    stream = operation.get_event_stream_output()
    member = next(n for n, shape in operation.output_shape.members.items() if shape.name == stream.name)
    body, events = b"", []
    for kind in KINDS:
        for name, event in stream.members.items():
            if event.metadata.get("exception"):
                continue
            value = Generator(f"{service} {operation.name} {name} {kind}", kind).make(event)
            bytes_of_frame = frame(*headers_and_payload(protocol, name, event, value))
            body += bytes_of_frame
            buffer = botocore.eventstream.EventStreamBuffer()
            buffer.add_data(bytes_of_frame)
            events += [plain(reader.parse(message.to_response_dict(), stream)) for message in buffer]
    return {
        "service": service, "protocol": protocol, "operation": operation.name, "kind": member,
        "answer": {"status": 200, "headers": [], "body": plain(body)}, "events": events,
    }


def headers_and_payload(protocol, name, event, value):
    headers = [text_header(":message-type", "event"), text_header(":event-type", name)]
    payload_member, rest = None, {}
    for member, inner in value.items():
        how = event.members[member].serialization
        if how.get("eventheader"):
            is_text = isinstance(inner, str)
            headers.append(text_header(member, inner) if is_text else (member, b"\x04" + struct.pack(">i", inner)))
        elif how.get("eventpayload"):
            payload_member = member
        else:
            rest[member] = inner
    has_payload = any(shape.serialization.get("eventpayload") for shape in event.members.values())
    if has_payload:
        return headers, payload(protocol, event, payload_member, value) if payload_member else b""
    if protocol == "rest-xml":
        return headers, f"<{name}>{written.xml_members(event, rest)}</{name}>".encode()
    members = {written.wire_name(event, n): written.as_json(event.members[n], v) for n, v in rest.items()}
    return headers, json.dumps(members).encode()


def payload(protocol, event, member, value):
    shape, inner = event.members[member], value[member]
    if shape.type_name == "blob":
        return inner
    if shape.type_name == "string":
        return inner.encode()
    if protocol == "rest-xml":
        return written.as_xml(shape, inner, member).encode()
    return json.dumps(written.as_json(shape, inner)).encode()


def text_header(name, text):
    return name, b"\x07" + struct.pack(">H", len(text.encode())) + text.encode()


def frame(headers, payload):
    encoded = b"".join(bytes([len(name)]) + name.encode() + value for name, value in headers)
    prelude = struct.pack(">II", 12 + len(encoded) + len(payload) + 4, len(encoded))
    prelude += struct.pack(">I", zlib.crc32(prelude))
    message = prelude + encoded + payload
    return message + struct.pack(">I", zlib.crc32(message))
