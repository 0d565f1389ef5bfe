"""Prints the signature that botocore makes of each request in a list of {service, method, uri, headers, body}."""

import base64
import json
import sys

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

signatures = []
for sent in json.load(sys.stdin):
    headers = dict(sent["headers"])
    parts = headers["authorization"].replace(",", "").split()
    scope = parts[1].removeprefix("Credential=").split("/")
    signed = parts[2].removeprefix("SignedHeaders=").split(";")
    request = AWSRequest(
        method=sent["method"], url=sent["uri"], data=base64.b64decode(sent["body"]),
        headers={name: headers[name] for name in signed if name != "host"},
    )
    request.context.update(timestamp=headers["x-amz-date"], payload_signing_enabled=True)
    kind = S3SigV4Auth if sent["service"] in ("s3", "s3control") else SigV4Auth
    signer = kind(Credentials("AKIAEXAMPLE", "example"), scope[3], scope[2])
    text = signer.string_to_sign(request, signer.canonical_request(request))
    signatures.append([scope[2], scope[3], signer.signature(text, request)])
json.dump(signatures, sys.stdout)
