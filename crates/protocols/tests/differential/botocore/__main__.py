"""Prints cases of the differential test, one JSON object a line: a call or an answer, and what botocore makes of it.

    python3 botocore KIND [SERVICE…]

KIND is requests, answers, errors, events or endpoints. Inputs and answers are generated from the models, the same in
each run. In JSON, a time is its seconds since 1970, and a blob is in Base64.
"""

import importlib
import json
import os
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
# Models of old services make botocore warn.
warnings.filterwarnings("ignore")

from models import all_services

KINDS = ("requests", "answers", "errors", "events", "endpoints")


def main():
    kind, *services = sys.argv[1:]
    if kind not in KINDS:
        sys.exit(f"the kind {kind!r} is unknown; use one of {', '.join(KINDS)}")
    cases = importlib.import_module(f"cases_of_{kind}").cases
    for case in cases(services or all_services()):
        sys.stdout.write(json.dumps(case, separators=(",", ":"), ensure_ascii=False) + "\n")


main()
