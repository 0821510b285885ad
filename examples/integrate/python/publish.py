#!/usr/bin/env python3
"""Publishes a CloudEvent to ingest over gRPC, and prints the Event's name.

    publish.py ADDRESS TOKEN_FILE TYPE SOURCE ID DATA

The messages come from the server's reflection, so there is nothing to generate. What is sent
again with the same SOURCE and ID is the same Event: after an error, send it again as it is.
"""

import pathlib
import sys
import time

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.json_format import ParseDict
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import (
    ProtoReflectionDescriptorDatabase)

TRIES = 5
# Nothing was accepted, or nobody knows.
AGAIN = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED,
         grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.ABORTED}


def publish(channel, token, event):
    pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
    request_class = GetMessageClass(pool.FindMessageTypeByName("eventreactor.v1.PublishRequest"))
    response_class = GetMessageClass(pool.FindMessageTypeByName("eventreactor.v1.PublishResponse"))
    call = channel.unary_unary("/eventreactor.v1.IngestService/Publish",
                               request_serializer=request_class.SerializeToString,
                               response_deserializer=response_class.FromString)
    request = ParseDict({"namespace": "default", "event": event}, request_class())
    for attempt in range(1, TRIES + 1):
        try:
            return call(request, timeout=10, metadata=[("authorization", f"Bearer {token}")])
        except grpc.RpcError as error:
            if error.code() not in AGAIN or attempt == TRIES:
                raise
            time.sleep(attempt)


def main():
    address, token_file, event_type, source, event_id, data = sys.argv[1:]
    token = pathlib.Path(token_file).read_text(encoding="ascii").strip()
    event = {"id": event_id, "source": source, "spec_version": "1.0", "type": event_type,
             "attributes": {"datacontenttype": {"ce_string": "text/plain"}}, "text_data": data}
    with grpc.insecure_channel(address) as channel:
        answer = publish(channel, token, event)
    print(answer.name, "(known already)" if answer.duplicate else "")


if __name__ == "__main__":
    main()
