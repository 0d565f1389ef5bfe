"""Errors of the models, each in one of the forms that services use."""

import json

from botocore.awsrequest import HeadersDict

import written
from cases_of_answers import parser
from generated import Generator
from models import model, plain, protocols


def cases(services):
    for service in services:
        service_model = model(service)
        for protocol in protocols(service_model):
            reader, seen = parser(protocol), set()
            for name in service_model.operation_names:
                for error in service_model.operation_model(name).error_shapes:
                    if error.name not in seen:
                        seen.add(error.name)
                        yield case_of(service_model, protocol, reader, name, error, len(seen))


def case_of(service_model, protocol, reader, operation, error, number):
    value = Generator(f"{service_model.service_name} {error.name} error", "most").make(error)
    facts = error.metadata.get("error", {})
    code = facts.get("code") or error.name
    status = max(facts.get("httpStatusCode", 400), 300)
    if status < 400:
        status = 400
    headers, body = WRITERS[protocol](service_model, error, value, code, number)
    headers = [header for header in headers if header[1].isascii() and "\n" not in header[1]]
    case = {
        "service": service_model.service_name, "protocol": protocol, "operation": operation, "kind": error.name,
        "answer": {"status": status, "headers": headers, "body": plain(body)},
    }
    try:
        response = {"status_code": status, "headers": HeadersDict(dict(headers)), "body": body, "context": {}}
        read = reader.parse(response, None)
        read.update(reader.parse(response, error))
        case["error"] = {
            "code": read["Error"].get("Code"),
            "message": read["Error"].get("Message"),
            "request_id": read["ResponseMetadata"].get("RequestId"),
            "fields": plain({k: v for k, v in read.items() if k not in ("Error", "ResponseMetadata")}),
        }
    except Exception as problem:
        case["refused"] = f"{type(problem).__name__}: {problem}"
    return case


def bound_headers(error, value, number):
    bound = [header for header in written.members_in_headers(error, value) if header[0].lower() != "x-amzn-errortype"]
    return [["x-amzn-RequestId", f"rid-{number}"]] + bound


def json_members(error, value):
    body = written.in_body(error, value)
    return {written.wire_name(error, n): written.as_json(error.members[n], v) for n, v in body.items()}


def rest_json(service_model, error, value, code, number):
    headers, body = bound_headers(error, value, number), json_members(error, value)
    form = number % 4
    if form == 0:
        headers.append(["x-amzn-ErrorType", code + ":http://internal.amazon.com/coral/x/"])
    elif form == 1 or any(name.lower() == "code" for name in body):
        # A modelled field with this name is not the code of the error.
        headers.append(["x-amzn-ErrorType", code])
    elif form == 2:
        body["code"] = code
    else:
        body["__type"] = "com.amazon.x#" + code
    return headers, json.dumps(body).encode()


def json_rpc(service_model, error, value, code, number):
    headers, body = bound_headers(error, value, number), json_members(error, value)
    body["__type"] = ("com.amazonaws.x#" if number % 2 else "") + code
    if service_model.metadata.get("awsQueryCompatible") is not None:
        headers.append(["x-amzn-query-error", f"Legacy.{code};Sender"])
    return headers, json.dumps(body).encode()


def cbor(service_model, error, value, code, number):
    body = written.in_body(error, value)
    members = [written.cbor_text(n) + written.as_cbor(error.members[n], v) for n, v in body.items()]
    kind = written.cbor_text("__type") + written.cbor_text("com.amazonaws.x#" + code)
    headers = bound_headers(error, value, number) + [["smithy-protocol", "rpc-v2-cbor"]]
    if service_model.metadata.get("awsQueryCompatible") is not None:
        headers.append(["x-amzn-query-error", f"Legacy.{code};Sender"])
    return headers, written.cbor_head(5, len(members) + 1) + kind + b"".join(members)


def xml(service_model, error, value, code, number):
    # Services of these protocols write the message in one way, whatever the model calls it.
    messages = {name: text for name, text in value.items() if name.lower() == "message"}
    members = "".join(f"<Message>{written.escape(text)}</Message>" for text in messages.values())
    rest = {name: inner for name, inner in value.items() if name not in messages}
    members += written.xml_members(error, written.in_body(error, rest))
    inner = f"<Type>Sender</Type><Code>{code}</Code>{members}"
    if service_model.service_name == "s3":
        body = f'<?xml version="1.0"?><Error>{inner}<RequestId>rid-{number}</RequestId><HostId>h</HostId></Error>'
        return [["x-amz-request-id", f"rid-{number}"], ["x-amz-id-2", "h"]], body.encode()
    headers = bound_headers(error, value, number)[1:]
    body = f'<ErrorResponse xmlns="http://x/"><Error>{inner}</Error><RequestId>rid-{number}</RequestId></ErrorResponse>'
    return headers, body.encode()


def ec2(service_model, error, value, code, number):
    error = f"<Errors><Error><Code>{code}</Code><Message>m &amp; m</Message></Error></Errors>"
    return [], f'<?xml version="1.0"?><Response>{error}<RequestID>rid-{number}</RequestID></Response>'.encode()


WRITERS = {
    "rest-json": rest_json, "json": json_rpc, "smithy-rpc-v2-cbor": cbor, "rest-xml": xml, "query": xml, "ec2": ec2,
}
