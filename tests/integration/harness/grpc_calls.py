"""Calls of the services over gRPC, from their protos alone: what a sender in another language does."""

import json
import pathlib
import subprocess
import tempfile
import threading

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

from harness.stack_client import ROOT

PROTO = ROOT / "proto"
PACKAGE = "eventreactor.v1."
# Which port of a stack has the service, counted from its first; all others are the adapter's.
PORTS = {"IngestService": 1, "DispatchService": 2, "JanitorService": 9}
ADAPTER_PORT = 3
DETAILS = "grpc-status-details-bin"
SECONDS = 30


class GrpcCalls:
    """Of the stack with this data directory. Threads may share it."""

    def __init__(self, directory):
        stack = json.loads((directory / "stack.json").read_text(encoding="ascii"))
        self._host = stack.get("bind_grpc", stack["bind"])
        self._base_port = stack["base_port"]
        self._token = (directory / "token").read_text(encoding="ascii").strip()
        self._pool = _pool()
        self._factory = message_factory.MessageFactory(self._pool)
        self._lock = threading.Lock()
        self._channels = {}

    def call(self, method, request, token=None):
        """{code, response}, or {code, message, reason, field} as far as there are such.

        The request is JSON as protobuf has it, or the bytes to send in its place. Of a stream the
        response is its first message.
        """
        service, name = method.split("/")
        found = self._pool.FindServiceByName(PACKAGE + service).methods_by_name[name]
        streams, channel = _streams(found), self._channel(PORTS.get(service, ADAPTER_PORT))
        if not isinstance(request, bytes):
            request = json_format.ParseDict(
                request, self._class(found.input_type)()).SerializeToString()
        make = channel.unary_stream if streams else channel.unary_unary
        call = make(f"/{PACKAGE}{method}", request_serializer=None,
                    response_deserializer=self._class(found.output_type).FromString)
        metadata = [("authorization", f"Bearer {self._token if token is None else token}")]
        try:
            answer = call(request, timeout=SECONDS, metadata=metadata)
            response = next(answer, None) if streams else answer
            if streams:
                answer.cancel()
        except grpc.RpcError as error:
            return self._in_words(error)
        return {"code": "OK", "response": json_format.MessageToDict(response) if response else {}}

    def _channel(self, port):
        with self._lock:
            if port not in self._channels:
                self._channels[port] = grpc.insecure_channel(
                    f"{self._host}:{self._base_port + port}", [("grpc.enable_http_proxy", 0)])
            return self._channels[port]

    def _class(self, descriptor):
        with self._lock:
            return self._factory.GetPrototype(descriptor)

    def _in_words(self, error):
        words = {"code": error.code().name, "message": error.details()}
        details = dict(error.trailing_metadata() or ()).get(DETAILS)
        if details:
            (info,) = self._named("google.rpc.Status").FromString(details).details
            info = self._named("google.rpc.ErrorInfo").FromString(info.value)
            words.update(reason=info.reason, **info.metadata)
        return words

    def _named(self, name):
        return self._class(self._pool.FindMessageTypeByName(name))


def _streams(method):
    proto = descriptor_pb2.MethodDescriptorProto()
    method.CopyToProto(proto)
    return proto.server_streaming


def _pool():
    pool = descriptor_pool.DescriptorPool()
    with tempfile.TemporaryDirectory(prefix="er-") as folder:
        out = pathlib.Path(folder, "all")
        subprocess.run(["protoc", "-I", PROTO, "--include_imports", f"--descriptor_set_out={out}",
                        *sorted(PROTO.rglob("*.proto"))], check=True)
        for file in descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes()).file:
            pool.Add(file)
    return pool
