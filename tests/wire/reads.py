"""Makes every call with boto3 that only reads, needs no parameter, and is implemented by moto. Prints the answers as JSON.

Takes the endpoint and the names of services to leave out, separated by spaces. First it fills the server with whatever
operations accept from generated inputs. Prints {"service", "operation"} for each call, with {"answer"} as boto3.py has it, or
with {"error", "message"}."""

import importlib
import inspect
import os
import re

import moto
from botocore import xform_name

MODULES = set(os.listdir(os.path.dirname(moto.__file__)))
# The modules of moto with other names than their service.
MODULE_NAMES = {"lambda": "awslambda"}
TIME = datetime.datetime(2026, 1, 31, 7, 0, 0, tzinfo=datetime.timezone.utc)


def implemented(service):
    """Returns the names of all methods of moto's classes for a service."""
    names = MODULE_NAMES.get(service), service.replace("-", ""), service.replace("-", "_")
    module = next((name for name in names if name in MODULES), None)
    methods = set()
    for part in ("responses", "models") if module else ():
        try:
            part = importlib.import_module(f"moto.{module}.{part}")
        except ModuleNotFoundError:
            continue
        for _, found in inspect.getmembers(part, inspect.isclass):
            if found.__module__.startswith(f"moto.{module}."):
                methods.update(vars(found))
    return methods


def made(shape, name, optional, depth=4):
    """Returns a value of a shape: of a structure all members, or only the required ones."""
    limits = shape.metadata
    if shape.type_name == "structure":
        members = list(shape.members.items())[:1] if getattr(shape, "is_tagged_union", False) else shape.members.items()
        return {
            key: made(inner, key, optional, depth - 1)
            for key, inner in members
            if key in shape.required_members or optional and depth > 0 or getattr(shape, "is_tagged_union", False)
        }
    if shape.type_name == "list":
        return [made(shape.member, name, optional, depth - 1)] if depth > 0 else []
    if shape.type_name == "map":
        return {made(shape.key, "key", optional): made(shape.value, name, optional, depth - 1)} if depth > 0 else {}
    if shape.type_name == "string":
        text = (shape.enum or [None])[0] or text_of(name)
        return text.ljust(limits.get("min", 0), "0")[: limits.get("max", 1000)]
    if shape.type_name == "blob":
        return b"some bytes"
    if shape.type_name == "timestamp":
        return TIME
    if shape.type_name == "boolean":
        return True
    return max(limits.get("min", 1), 1)


def text_of(name):
    if re.search("arn$", name, re.IGNORECASE):
        return "arn:aws:iam::123456789012:role/name"
    if re.search("cidr|iprange", name, re.IGNORECASE):
        return "10.0.0.0/16"
    if re.search("email", name, re.IGNORECASE):
        return "ada@example.com"
    if re.search("(policy|document|definition|body)$", name, re.IGNORECASE):
        return "{}"
    return "name1"


def fill(client, methods):
    """Creates resources of a service. Many of the inputs are refused."""
    for operation in client.meta.service_model.operation_names:
        model = client.meta.service_model.operation_model(operation)
        if not re.match("Create|Put|Register|Enable|Start|Request", operation) or xform_name(operation) not in methods:
            continue
        for optional in (True, False):
            try:
                input = made(model.input_shape, operation, optional) if model.input_shape else {}
                getattr(client, xform_name(operation))(**input)
                break
            except Exception:
                pass


def reads(client, methods):
    for operation in client.meta.service_model.operation_names:
        model = client.meta.service_model.operation_model(operation)
        needs_input = model.input_shape is not None and model.input_shape.required_members
        is_read = re.match("Describe|Get|List", operation) and xform_name(operation) in methods
        if is_read and not needs_input and not model.has_event_stream_output:
            yield operation, model


def answered(client, operation, model):
    """Returns nothing if the server fails or does not know the path: moto does not implement the operation."""
    try:
        answer = getattr(client, xform_name(operation))()
        return {"answer": taken(model.output_shape, answer) if model.output_shape else {}}
    except ClientError as error:
        known = error.response["ResponseMetadata"]["HTTPStatusCode"] < 500 and not error.response["Error"]["Code"].isdigit()
        return {"error": error.response["Error"]["Code"], "message": error.response["Error"]["Message"]} if known else None
    except Exception:
        return None


_, endpoint, left_out = sys.argv
services = [name for name in boto3.session.Session().get_available_services() if name.replace("-", "_") not in left_out.split(" ")]
methods = {service: names for service in services if (names := implemented(service))}
clients = {service: client(service, endpoint) for service in methods}
# A call can create resources of other services, so that all are created before the first is read.
for service in methods:
    fill(clients[service], methods[service])
results = []
for service in methods:
    for operation, model in reads(clients[service], methods[service]):
        answer = answered(clients[service], operation, model)
        # An answer that moto makes anew for each call cannot be compared.
        if answer is not None and answer == answered(clients[service], operation, model):
            results.append({"service": service.replace("-", "_"), "operation": xform_name(operation), **answer})
json.dump(results, sys.stdout)
