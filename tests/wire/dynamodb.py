"""Items of DynamoDB by boto3's TypeSerializer and TypeDeserializer. Takes the endpoint and a step:

* "put" creates the tables "theirs" and "ours" and writes generated items into "theirs".
* "compare" takes the values that Moonfleet has read from "theirs" in standard input, each described as {TYPE: VALUE}, and
  compares them with those that boto3 reads; then compares the table "ours", into which Moonfleet has copied the items, with
  "theirs". Prints the number of values."""

import base64
import json
import random
import sys
from decimal import Decimal

import boto3
from boto3.dynamodb.types import Binary, TypeDeserializer, TypeSerializer

endpoint, step = sys.argv[1:]
client = boto3.client(
    "dynamodb", endpoint_url=endpoint, region_name="eu-central-1", aws_access_key_id="a", aws_secret_access_key="b"
)
chance = random.Random(2026)


def number():
    digits = "".join(chance.choice("0123456789") for _ in range(chance.choice([1, 2, 9, 15, 16, 17, 18, 19, 20, 38])))
    sign = chance.choice(["", "-"])
    exponent = chance.choice([0, 0, 0, -1, -3, -len(digits), -40, 5, 60])
    return Decimal(f"{sign}{digits}E{exponent}")


def text():
    return "".join(chance.choice("aZ09 _-é漢🦊\"\\\n\0") for _ in range(chance.randrange(1, 8)))


def some_bytes():
    return chance.choice([b"text", bytes(chance.randrange(256) for _ in range(chance.randrange(1, 9)))])


def value(depth):
    kinds = ["text", "number", "number", "bytes", "bool", "null", "texts", "numbers", "byte strings", "one type"]
    kind = chance.choice(kinds + ["list", "map"] * 2 if depth > 0 else kinds)
    count = range(chance.randrange(0, 4))
    match kind:
        case "text":
            return chance.choice([text(), "", "1", "true"])
        case "number":
            return chance.choice([number(), Decimal(chance.randrange(-5, 5)), Decimal("0.1"), Decimal(2**63), Decimal(2**53 + 1)])
        case "bytes":
            return Binary(some_bytes())
        case "bool":
            return chance.choice([True, False])
        case "null":
            return None
        case "texts":
            return {text() for _ in range(chance.randrange(1, 4))}
        case "numbers":
            return {number() for _ in range(chance.randrange(1, 4))}
        case "byte strings":
            return {Binary(some_bytes()) for _ in range(chance.randrange(1, 4))}
        case "one type":
            return {chance.choice(["S", "s", "N", "SS", "M", "l"]): chance.choice(["x", {"S": "x"}, [Decimal(1)]])}
        case "list":
            return [value(depth - 1) for _ in count]
        case "map":
            return {text(): value(depth - 1) for _ in count}


def scan(table):
    pages = client.get_paginator("scan").paginate(TableName=table)
    items = [item for page in pages for item in page["Items"]]
    read = TypeDeserializer()
    return sorted(({name: read.deserialize(part) for name, part in item.items()} for item in items), key=lambda i: i["id"])


def described(part):
    """Returns a value as Moonfleet describes it, with numbers as decimals."""
    match part:
        case None:
            return {"null": True}
        case bool():
            return {"boolean": part}
        case Decimal():
            return {"number": part}
        case str():
            return {"string": part}
        case Binary():
            return {"binary": base64.b64encode(part.value).decode()}
        case set():
            return {"set": sorted((described(item) for item in part), key=str)}
        case list():
            return {"list": [described(item) for item in part]}
        case dict():
            return {"map": {name: described(item) for name, item in part.items()}}


def decimal(part):
    """Returns a description of Moonfleet with numbers as decimals and sets in order."""
    ((kind, part),) = part.items()
    match kind:
        case "number":
            return {"number": Decimal(part)}
        case "set":
            return {"set": sorted((decimal(item) for item in part), key=str)}
        case "list":
            return {"list": [decimal(item) for item in part]}
        case "map":
            return {"map": {name: decimal(item) for name, item in part.items()}}
    return {kind: part}


if step == "put":
    for table in ("theirs", "ours"):
        client.create_table(
            TableName=table,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            BillingMode="PAY_PER_REQUEST",
        )
    write = TypeSerializer()
    for number_of_item in range(400):
        item = {"id": Decimal(number_of_item)} | {f"value{at}": value(4) for at in range(5)}
        client.put_item(TableName="theirs", Item={name: write.serialize(part) for name, part in item.items()})
else:
    theirs = scan("theirs")
    found = json.load(sys.stdin)
    assert len(found) == len(theirs) == 400, len(found)
    for mine, item in zip(found, theirs):
        item = described(item)
        assert str(decimal(mine)) == str(item) or decimal(mine) == item, (mine, item)
    ours = scan("ours")
    for mine, item in zip(ours, theirs):
        assert mine == item, (mine, item)
    assert len(ours) == 400
    print(sum(len(item) for item in theirs))
