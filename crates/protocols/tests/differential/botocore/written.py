"""Writes answers as services do, in each protocol."""

import base64
import json
import struct
from xml.sax.saxutils import escape, quoteattr

from generated import TIME


def time(shape, default):
    forms = {
        "iso8601": "2024-02-29T13:37:11Z",
        "rfc822": "Thu, 29 Feb 2024 13:37:11 GMT",
        "unixTimestamp": int(TIME.timestamp()),
    }
    return forms[shape.serialization.get("timestampFormat", default)]


def wire_name(shape, name):
    return shape.members[name].serialization.get("name", name)


def as_json(shape, value):
    kind = shape.type_name
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        return {wire_name(shape, name): as_json(shape.members[name], inner) for name, inner in value.items()}
    if kind == "list":
        return [as_json(shape.member, item) for item in value]
    if kind == "map":
        return {key: as_json(shape.value, item) for key, item in value.items()}
    if kind == "timestamp":
        return time(shape, "unixTimestamp")
    if kind == "blob":
        return base64.b64encode(value).decode()
    return value


def cbor_head(kind, number):
    if number < 24:
        return bytes([kind << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << (8 * size):
            return bytes([kind << 5 | extra]) + number.to_bytes(size, "big")
    raise ValueError(number)


def cbor_text(text):
    return cbor_head(3, len(text.encode())) + text.encode()


def as_cbor(shape, value):
    kind = shape.type_name
    if kind == "structure":
        members = [cbor_text(name) + as_cbor(shape.members[name], inner) for name, inner in value.items()]
        return cbor_head(5, len(value)) + b"".join(members)
    if kind == "list":
        return cbor_head(4, len(value)) + b"".join(as_cbor(shape.member, item) for item in value)
    if kind == "map":
        entries = [cbor_text(key) + as_cbor(shape.value, item) for key, item in value.items()]
        return cbor_head(5, len(value)) + b"".join(entries)
    if kind == "timestamp":
        return cbor_head(6, 1) + cbor_head(0, int(TIME.timestamp()))
    if kind == "blob":
        return cbor_head(2, len(value)) + value
    if kind in ("integer", "long"):
        return cbor_head(0, value) if value >= 0 else cbor_head(1, -1 - value)
    if kind == "boolean":
        return b"\xf5" if value else b"\xf4"
    if kind in ("float", "double"):
        return b"\xfb" + struct.pack(">d", value)
    return cbor_text(value)


def xml_namespace(shape):
    namespace = shape.serialization.get("xmlNamespace")
    if not namespace:
        return ""
    if isinstance(namespace, str):
        return f' xmlns="{namespace}"'
    prefix = ":" + namespace["prefix"] if namespace.get("prefix") else ""
    return f' xmlns{prefix}="{namespace["uri"]}"'


def as_xml(shape, value, name):
    kind = shape.type_name
    is_flat = shape.serialization.get("flattened")
    if kind == "structure":
        attributes = "".join(
            f" {wire_name(shape, member)}={quoteattr(str(inner))}"
            for member, inner in value.items()
            if shape.members[member].serialization.get("xmlAttribute")
        )
        return f"<{name}{xml_namespace(shape)}{attributes}>{xml_members(shape, value)}</{name}>"
    if kind == "list":
        if is_flat:
            item_name = shape.member.serialization.get("name") or name
            return "".join(as_xml(shape.member, item, item_name) for item in value)
        item_name = shape.member.serialization.get("name", "member")
        return f"<{name}>" + "".join(as_xml(shape.member, item, item_name) for item in value) + f"</{name}>"
    if kind == "map":
        key_name = shape.key.serialization.get("name", "key")
        value_name = shape.value.serialization.get("name", "value")
        entries = [
            f"<{key_name}>{escape(key)}</{key_name}>" + as_xml(shape.value, item, value_name)
            for key, item in value.items()
        ]
        if is_flat:
            return "".join(f"<{name}>{entry}</{name}>" for entry in entries)
        return f"<{name}>" + "".join(f"<entry>{entry}</entry>" for entry in entries) + f"</{name}>"
    return f"<{name}>{xml_text(shape, value)}</{name}>"


def xml_text(shape, value):
    kind = shape.type_name
    if kind == "timestamp":
        return str(time(shape, "iso8601"))
    if kind == "blob":
        return base64.b64encode(value).decode()
    if kind == "boolean":
        return "true" if value else "false"
    return escape(str(value))


def xml_members(shape, value):
    def is_element(member):
        how = shape.members[member].serialization
        return not how.get("location") and not how.get("xmlAttribute")

    return "".join(
        as_xml(shape.members[member], inner, wire_name(shape, member))
        for member, inner in value.items()
        if is_element(member)
    )


def as_header(shape, value):
    kind = shape.type_name
    if kind == "timestamp":
        return str(time(shape, "rfc822"))
    if kind == "boolean":
        return "true" if value else "false"
    if kind == "list":
        quoted = lambda text: '"' + text.replace('"', '\\"') + '"'
        is_special = lambda item: isinstance(item, str) and ("," in item or '"' in item)
        return ", ".join(quoted(item) if is_special(item) else as_header(shape.member, item) for item in value)
    if shape.serialization.get("jsonvalue"):
        return base64.b64encode(json.dumps(value).encode()).decode()
    return str(value)


def members_in_headers(shape, value):
    """Returns [name, value] of each header that has a member, without those that HTTP cannot send."""
    headers = []
    for name, inner in value.items():
        member = shape.members[name]
        location = member.serialization.get("location")
        if location == "header":
            headers.append([wire_name(shape, name), as_header(member, inner)])
        elif location == "headers":
            prefix = member.serialization.get("name", "")
            headers += [[prefix + key, text] for key, text in inner.items()]
    return [header for header in headers if header[1].isascii() and "\n" not in header[1]]


def in_body(shape, value):
    return {name: inner for name, inner in value.items() if not shape.members[name].serialization.get("location")}
