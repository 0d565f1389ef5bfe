"""Endpoints of all regions, and of the parameters that some services have of their own."""

import itertools

from botocore.endpoint_provider import EndpointProvider

from models import LOADER

# One region of each kind of partition.
REGIONS_FOR_FLAGS = ("us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "eu-isoe-west-1")
OWN_ENDPOINT = "http://127.0.0.1:4566"
FLAGS = {"UseFIPS": [False, True], "UseDualStack": [False, True]}
PARAMETERS = {
    "s3": {
        "Bucket": [
            "bkt-1", "bkt.dots", "UPPER", "a_b", "arn:aws:s3:eu-west-1:123456789012:accesspoint/ap",
            "arn:aws:s3:eu-west-1:123456789012:accesspoint:ap", "arn:aws:s3::123456789012:accesspoint:mrap.mrap",
            "arn:aws:s3-object-lambda:us-east-1:123456789012:accesspoint/o",
            "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/accesspoint/ap", "x--use1-az4--x-s3",
            "mybucket--use1-az1--x-s3", "192.168.0.1", "arn:x", "",
        ],
        "Region": ["us-east-1", "eu-west-1", "cn-north-1", "us-gov-west-1", "aws-global"], **FLAGS,
        "Accelerate": [False, True], "ForcePathStyle": [False, True],
        "Endpoint": [None, OWN_ENDPOINT, "https://x.example.com/base"], "UseArnRegion": [None, True, False],
    },
    "s3control": {
        "AccountId": ["123456789012", "bad acc", None],
        "Bucket": [None, "b", "arn:aws:s3-outposts:us-west-2:123456789012:outpost/op-1/bucket/b"],
        "AccessPointName": [None, "ap", "arn:aws:s3-outposts:us-west-2:123456789012:outpost:op-1:accesspoint:ap"],
        "OutpostId": [None, "op-1"], "RequiresAccountId": [None, True], "Region": ["us-east-1", "cn-north-1"], **FLAGS,
        "Endpoint": [None, OWN_ENDPOINT], "UseArnRegion": [None, True, False],
    },
    "dynamodb": {
        "Region": ["us-east-1", "local", "us-gov-east-1"], "AccountId": [None, "123456789012"],
        "AccountIdEndpointMode": [None, "preferred", "required", "disabled"], **FLAGS, "Endpoint": [None, OWN_ENDPOINT],
        "ResourceArn": [None, "arn:aws:dynamodb:us-east-1:222222222222:table/t"],
        "ResourceArnList": [None, ["arn:aws:dynamodb:us-east-1:333333333333:table/t"]],
    },
    "events": {
        "Region": ["us-east-1", "us-gov-west-1"], "EndpointId": [None, "abc.456", "bad_id!"], **FLAGS,
        "Endpoint": [None, OWN_ENDPOINT],
    },
}


def cases(services):
    partitions = LOADER.load_data("partitions")
    regions = [region for partition in partitions["partitions"] for region in partition["regions"]]
    for service in services:
        provider = EndpointProvider(LOADER.load_service_model(service, "endpoint-rule-set-1"), partitions)
        for region in regions:
            for flags in itertools.product(*FLAGS.values()):
                if any(flags) and region not in REGIONS_FOR_FLAGS:
                    continue
                yield case_of(service, provider, {"Region": region, **dict(zip(FLAGS, flags))})
        own = PARAMETERS.get(service, {})
        for values in itertools.product(*own.values()) if own else ():
            given = {name: value for name, value in zip(own, values) if value is not None}
            yield case_of(service, provider, given)


def case_of(service, provider, parameters):
    known = provider.ruleset.parameters
    parameters = {name: value for name, value in parameters.items() if name in known}
    case = {"service": service, "parameters": parameters}
    try:
        endpoint = provider.resolve_endpoint(**parameters)
        case["endpoint"] = {
            "url": endpoint.url, "properties": endpoint.properties or {}, "headers": dict(endpoint.headers or {}),
        }
    except Exception as error:
        case["refused"] = f"{type(error).__name__}: {error}"
    return case
