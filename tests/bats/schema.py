#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
r"""Validates what `ioasidctl -j` printed in a test file: schema.py SCHEMA RECORDS

RECORDS has, for each run of ioasidctl, a line "\x1e TEST\x1f COMMAND\x1f STREAM" and
then what was on that stream: on stdout nothing or one object, of some
commands one a line; on stderr any number, one a line, and lines of --debug. Keys that the schema does not name are errors
here, though it lets readers ignore them.
"""
import collections
import json
import sys

import jsonschema

# These write an object a line.
LINES = {"monitor", "batch", "drain"}

# A list of many is made of the same few kinds of item.
ENDS = 20


def strict(node):
    """Let no object have keys that are not listed."""
    if isinstance(node, dict):
        if node.get("type") == "object" and "properties" in node:
            node.setdefault("additionalProperties", False)
        for value in node.values():
            strict(value)
    elif isinstance(node, list):
        for value in node:
            strict(value)


def unique(pairs):
    keys = collections.Counter(key for key, _ in pairs)
    twice = [key for key, times in keys.items() if times > 1]
    if twice:
        raise ValueError(f"key stands twice: {twice}")
    return dict(pairs)


def complaints(validator, text, stream):
    try:
        document = json.loads(text, object_pairs_hook=unique)
    except ValueError as error:
        yield f"not one JSON document: {error}"
        return
    if not isinstance(document, dict):
        yield "not an object"
        return
    if (document.get("kind") in ("error", "warning")) != (stream == "stderr"):
        yield f"kind {document.get('kind')} on {stream}"
    items = document.get("items")
    if isinstance(items, list) and len(items) > 2 * ENDS:
        document["items"] = items[:ENDS] + items[-ENDS:]
    for error in validator.iter_errors(document):
        path = "/".join(str(part) for part in error.absolute_path)
        yield f"{path or '(root)'}: {error.message[:300]}"


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    strict(schema["$defs"])
    validator = jsonschema.Draft202012Validator(schema)
    with open(sys.argv[2], encoding="utf-8") as file:
        records = file.read().split("\x1e")[1:]
    bad = documents = 0
    for record in records:
        head, _, body = record.partition("\n")
        test, command, stream = head.strip().split("\x1f")
        lines = stream == "stderr" or LINES & set(command.split())
        texts = body.split("\n") if lines else [body]
        for text in filter(str.strip, texts):
            if stream == "stderr" and text.startswith("ioasidctl: debug: "):
                continue
            documents += 1
            for complaint in complaints(validator, text, stream):
                print(f"# test {test}: {command}: {stream}: {complaint}")
                print(f"#   {text.strip()[:500]}")
                bad = 1
    print(f"# {documents} JSON documents against the schema")
    return bad


sys.exit(main())
