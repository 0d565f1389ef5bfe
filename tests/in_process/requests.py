"""Prints the requests that botocore makes of calls, without sending them.

Reads [[service, operation, input], ...] from standard input; the names in the input are those of Moonfleet. Prints a
list of the requests as {"path", "parameters"}, or null where this botocore lacks the operation or a parameter."""

import json
import sys
from types import SimpleNamespace

from botocore.config import Config
from botocore.session import Session


class Unknown(Exception):
    pass


def dense(name):
    return name.replace("_", "").lower()


def named(shape, value):
    """Returns a value with botocore's names."""
    if shape.type_name == "structure":
        members = {dense(name): name for name in shape.members}
        renamed = {}
        for name, inner in value.items():
            if dense(name) not in members:
                raise Unknown(f"{shape.name}.{name}")
            member = members[dense(name)]
            renamed[member] = named(shape.members[member], inner)
        return renamed
    if shape.type_name == "list":
        return [named(shape.member, item) for item in value]
    if shape.type_name == "map":
        return {key: named(shape.value, item) for key, item in value.items()}
    return value


def client(service):
    made = Session().create_client(
        service,
        region_name="eu-central-1",
        endpoint_url="http://localhost",
        aws_access_key_id="AKIAEXAMPLE",
        aws_secret_access_key="example",
        config=Config(parameter_validation=False),
    )
    # The event comes after botocore's own handlers. Its answer keeps the request from being sent.
    made.meta.events.register_last("before-call", keep)
    return made


seen = []


def keep(params, **_):
    body = params["body"]
    if not isinstance(body, dict):
        body = json.loads(body or "{}")
    seen.append({"path": params["url_path"], "parameters": {**body, **(params["query_string"] or {})}})
    return SimpleNamespace(status_code=200), {}


clients, requests = {}, []
for service, operation, given in json.load(sys.stdin):
    name = service.replace("_", "-")
    if name not in clients:
        clients[name] = client(name)
    made = clients[name]
    try:
        model = made.meta.service_model.operation_model(operation)
        given = named(model.input_shape, given) if model.input_shape else {}
    except Exception as unknown:
        print(service, operation, repr(unknown)[:200], file=sys.stderr)
        requests.append(None)
        continue
    method = next(method for method, api in made.meta.method_to_api_mapping.items() if api == operation)
    getattr(made, method)(**given)
    requests.append(seen.pop())
json.dump(requests, sys.stdout)
