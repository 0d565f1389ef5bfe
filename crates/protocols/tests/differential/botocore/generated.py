"""Values generated from shapes: all required members (`least`), or nearly all members (`most` and others)."""

import datetime
import random

TIME = datetime.datetime(2024, 2, 29, 13, 37, 11, tzinfo=datetime.timezone.utc)
TEXTS = [
    "s", "plain text", "a&b=c d", '<tag attr="1">', "it's", "Grüße ☃", "line1\nline2", "", "%41", '{"k": 1}', " pad ",
    "\t",
]
TEXTS_OF_LOCATIONS = {
    "uri": ["abc-1", "a b", "x/y", "arn:aws:s:::q", "Zürich", "a+b=c&d"],
    "header": ["h1", "value two", "x,y", 'a"b'],
    "headers": ["h1", "value two"],
    "querystring": ["q", "a b", "ä&=+/?", ""],
}
# The algorithms that botocore computes itself.
CHECKSUMS = ("CRC32", "SHA1", "SHA256")


class Generator:
    def __init__(self, seed, kind):
        self.random = random.Random(seed)
        self.kind = kind

    def make(self, shape, depth=0, location=None, path=()):
        """Returns a value for botocore; None if a shape cannot be made at this depth."""
        make = getattr(self, "make_" + shape.type_name, None)
        if make is not None:
            return make(shape, depth, location, path)
        choices = {
            "integer": [0, 1, -5, 2147483647],
            "long": [0, 7, -9007199254740993, 9223372036854775807],
            "float": [0.0, 1.5, -0.25, 100.0, 12345.625, 0.05],
            "double": [0.0, 1.5, -0.25, 100.0, 12345.625, 0.1],
            "boolean": [True, False],
            "timestamp": [TIME],
        }
        return self.random.choice(choices[shape.type_name])

    def make_string(self, shape, depth, location, path):
        if shape.serialization.get("jsonvalue") and location == "header":
            return {"a": [1, "x"], "b": "c"}
        if getattr(shape, "enum", None):
            known = [value for value in shape.enum if value in CHECKSUMS] if "CRC32" in shape.enum else shape.enum
            return self.random.choice(known)
        return self.random.choice(TEXTS_OF_LOCATIONS.get(location, TEXTS))

    make_character = make_string

    def make_blob(self, shape, depth, location, path):
        return self.random.choice([b"bytes", b"\x00\xff\xfe", b'{"j":1}'] if location is None else [b"hdr"])

    def make_document(self):
        return self.random.choice([{"a": [1, "x", None, True, {"b": 2.5}]}, ["l"], "text", 3, True])

    def make_structure(self, shape, depth, location, path):
        if getattr(shape, "is_document_type", False):
            return self.make_document()
        if path.count(shape.name) > 3:
            return None
        value = {}
        for name in self.members(shape, depth, path):
            member = shape.members[name]
            at = member.serialization.get("location")
            if member.serialization.get("eventstream") or getattr(member, "is_eventstream", False):
                continue
            # A name of a host is a host label. The rules of endpoints take only valid ones.
            is_label = member.serialization.get("hostLabel") or (at == "uri" and name in ("Bucket", "AccountId"))
            inner = "abc-1" if is_label else self.make(member, depth + 1, at, path + (shape.name,))
            if inner is not None:
                value[name] = inner
        return value

    def members(self, shape, depth, path):
        names = list(shape.members)
        if getattr(shape, "is_tagged_union", False):
            simple = [n for n in names if shape.members[n].type_name not in ("structure", "list", "map")]
            names = names if depth < 4 or not simple else simple
            return [self.random.choice(names)] if names else []
        required = shape.required_members or []
        if self.kind == "least":
            return [name for name in names if name in required and depth <= 10]
        is_whole = lambda: depth < 2 or self.random.random() < 0.5
        is_deep = path.count(shape.name) >= 2 or depth >= 6
        return [name for name in names if depth <= 10 and (name in required or (is_whole() and not is_deep))]

    def count(self, depth, location):
        if self.kind == "least":
            return 1
        count = self.random.choice([0, 1, 2, 3] if location is None else [1, 2])
        return min(count, 1) if depth > 3 else count

    def make_list(self, shape, depth, location, path):
        if path.count(shape.name) >= 2 or depth > 8:
            return []
        items = [
            self.make(shape.member, depth + 1, location, path + (shape.name,))
            for _ in range(self.count(depth, location))
        ]
        return [item for item in items if item is not None]

    def make_map(self, shape, depth, location, path):
        if path.count(shape.name) >= 2 or depth > 8:
            return {}
        value = {}
        for at in range(1 if self.kind == "least" else self.random.choice([0, 1, 2])):
            enum = getattr(shape.key, "enum", None)
            text = "key%d" if location else self.random.choice(["k%d", "a b%d", "ü%d"])
            inner = self.make(shape.value, depth + 1, location, path + (shape.name,))
            if inner is not None:
                value[enum[at % len(enum)] if enum else text % at] = inner
        return value
