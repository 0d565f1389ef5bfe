"""Prints the URLs and tokens that botocore makes of the same calls at the same times.

Reads [{"call", "input", "url", "endpoint", "token"}, ...] from standard input, of which "url" is Moonfleet's: its time is
used as the clock."""

import base64
import datetime
import json
import re
import sys
from unittest import mock

from botocore.config import Config
from botocore.session import Session

REGION = "eu-central-1"
TOKEN = "k8s-aws-v1."


def client(service, given):
    session = Session()
    session.set_credentials("AKIAEXAMPLE", "example", given.get("session_token"))
    # Without the style, botocore makes URLs of the global endpoint, which redirects requests to other regions.
    config = Config(signature_version="s3v4" if service == "s3" else None, s3={"addressing_style": given.get("style", "virtual")})
    return session.create_client(service, region_name=REGION, config=config, endpoint_url=given.get("endpoint"))


def cluster_token(given):
    sts = client("sts", given)

    def take(params, context, **_):
        context["cluster"] = params.pop("cluster")

    def add(request, **_):
        request.headers["x-k8s-aws-id"] = request.context["cluster"]

    sts.meta.events.register("provide-client-params.sts.GetCallerIdentity", take)
    sts.meta.events.register("before-sign.sts.GetCallerIdentity", add)
    url = sts.generate_presigned_url("get_caller_identity", Params=given["input"], ExpiresIn=60, HttpMethod="GET")
    return TOKEN + base64.urlsafe_b64encode(url.encode()).decode().rstrip("=")


def made(given):
    match given["call"]:
        case "rds.auth_token":
            return client("rds", given).generate_db_auth_token(**given["input"])
        case "eks.token":
            return cluster_token(given)
        case operation:
            return client("s3", given).generate_presigned_url(operation, given["input"], ExpiresIn=given["expires"])


urls = []
for given in json.load(sys.stdin):
    url = given["url"]
    if url.startswith(TOKEN):
        url = base64.urlsafe_b64decode(url.removeprefix(TOKEN) + "==").decode()
    time = re.search("X-Amz-Date=(\\w+)", url)[1]
    now = datetime.datetime.strptime(time, "%Y%m%dT%H%M%SZ")
    with mock.patch("botocore.auth.get_current_datetime", lambda: now):
        urls.append(made(given))
json.dump(urls, sys.stdout)
