"""The models of botocore, and values in the form of the cases."""

import base64
import datetime

import botocore.model
from botocore.loaders import Loader

LOADER = Loader()


def all_services():
    return LOADER.list_available_services("service-2")


def model(service):
    return botocore.model.ServiceModel(LOADER.load_service_model(service, "service-2"), service)


def protocols(service_model):
    """Returns each protocol that a service offers, the one that botocore prefers first."""
    offered = service_model.metadata.get("protocols") or [service_model.metadata["protocol"]]
    preferred = service_model.resolved_protocol
    return [preferred] + [protocol for protocol in offered if protocol != preferred and protocol in KNOWN]


KNOWN = ("json", "rest-json", "rest-xml", "query", "ec2", "smithy-rpc-v2-cbor")


def plain(value):
    """Returns a value of botocore in the form of the cases."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, datetime.datetime):
        seconds = value.timestamp()
        return int(seconds) if seconds == int(seconds) else seconds
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if hasattr(value, "read"):
        return base64.b64encode(value.read()).decode()
    if isinstance(value, float):
        if value != value:
            return "NaN"
        if value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        if value == int(value) and abs(value) < 1e15:
            return int(value)
    if value is not None and not isinstance(value, (str, int, float)):
        raise TypeError(f"botocore read a {type(value).__name__}")
    return value
