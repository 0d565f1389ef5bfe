"""Prints facts from botocore's models. Reads [[service, operation], ...] from standard input.

For each operation: "page" with the name and the limits of its page size, "required" with the paths of the required
parameters, "policies" with the paths of the policy documents of IAM in the input and in the output. Names in paths are
in lower case and without underscores. Null where this botocore lacks the operation."""

import json
import sys

from botocore.loaders import Loader
from botocore.model import ServiceModel


def walk(shape, path, inside, visit):
    if shape.name in inside:
        return
    inside = inside | {shape.name}
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            below = path + [name.lower()]
            visit(".".join(below), member, name in shape.required_members)
            walk(member, below, inside, visit)
    elif shape.type_name == "list":
        visit(".".join(path), shape.member, False)
        walk(shape.member, path, inside, visit)
    elif shape.type_name == "map":
        walk(shape.value, path, inside, visit)


def facts(model):
    required, given, read = [], [], []
    page = None

    def of_input(path, shape, is_required):
        if is_required:
            required.append(path)
        if shape.name == "policyDocumentType":
            given.append(path)

    def of_output(path, shape, _):
        if shape.name == "policyDocumentType":
            read.append(path)

    if model.input_shape:
        walk(model.input_shape, [], frozenset(), of_input)
        for name in ("MaxResults", "MaxItems"):
            if name in model.input_shape.members:
                limits = model.input_shape.members[name].metadata
                page = [limits.get("min"), limits.get("max")]
    if model.output_shape:
        walk(model.output_shape, [], frozenset(), of_output)
    return {"page": page, "required": required, "given": given, "read": read}


models, answer = {}, []
for service, operation in json.load(sys.stdin):
    name = service.replace("_", "-")
    if name not in models:
        models[name] = ServiceModel(Loader().load_service_model(name, "service-2"))
    known = operation in models[name].operation_names
    answer.append(facts(models[name].operation_model(operation)) if known else None)
json.dump(answer, sys.stdout)
