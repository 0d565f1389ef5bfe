"""Makes calls with boto3 and prints their answers as JSON.

Reads {"endpoint", "calls": [{"name", "service", "operation", "input"}, ...]} from standard input. Names are those of
Moonfleet. A text such as "$vpc.vpc.vpc_id" is a part of the answer with this name. Prints for each call {"answer"} with
names in lower case without underscores, or {"error"} with the code."""


def part(answers, text):
    name, *path = text[1:].split(".")
    if not text.startswith("$") or name not in answers:
        return text
    value = answers[name]
    for step in path:
        value = value[int(step) - 1] if isinstance(value, list) else value[dense(step)]
    return value


def given(shape, value, answers):
    if isinstance(value, str):
        value = part(answers, value)
    if shape.type_name == "structure":
        members = {dense(name): name for name in shape.members}
        return {members[dense(name)]: given(shape.members[members[dense(name)]], inner, answers) for name, inner in value.items()}
    if shape.type_name == "list":
        return [given(shape.member, item, answers) for item in value]
    if shape.type_name == "map":
        return {key: given(shape.value, item, answers) for key, item in value.items()}
    return value


todo = json.load(sys.stdin)
clients, answers, results = {}, {}, []
for call in todo["calls"]:
    name = call["service"].replace("_", "-")
    if name not in clients:
        clients[name] = client(name, todo["endpoint"])
    method, api = next(
        (method, api) for method, api in clients[name].meta.method_to_api_mapping.items() if dense(method) == dense(call["operation"])
    )
    model = clients[name].meta.service_model.operation_model(api)
    try:
        answer = getattr(clients[name], method)(**(given(model.input_shape, call["input"], answers) if model.input_shape else {}))
        answer = taken(model.output_shape, answer) if model.output_shape else {}
        answers[call["name"]] = answer
        results.append({"answer": answer})
    except ClientError as error:
        results.append({"error": error.response["Error"]["Code"]})
    except Exception as error:
        results.append({"error": repr(error)})
json.dump(results, sys.stdout)
