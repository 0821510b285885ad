"""A client that does not give up: posts events steadily, and writes down which were accepted."""

import http.client
import json
import os
import threading
import time

import calls

JOBS = 8
ANSWER_SECONDS = 5
PATIENCE_SECONDS = 240
# Every so many events one is posted again, as by a client that missed the answer.
REPEAT_EVERY = 20


class Load:
    """Posts events `rate` a second: `count` of them, and on until `enough` is called.

    Each is posted until it is accepted. The record is a file of a line of JSON per accepted event,
    {namespace, name, id, kind}, which is written before the event counts.
    """

    def __init__(self, address, record, seed, namespaces, count, rate, active, headers,
                 data=b"chaos"):
        self._address, self._seed, self._namespaces = address, seed, namespaces
        self._count, self._rate, self._active = count, rate, active
        self._headers, self._data = headers, data
        self._record = os.open(record, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(JOBS)]
        self._next = 0
        self._problem = None
        self._begun = time.monotonic()
        self.accepted = 0
        self.refused = 0

    def start(self):
        self._begun = time.monotonic()
        for thread in self._threads:
            thread.start()

    def enough(self):
        """Returns when all that was begun is accepted."""
        self._enough.set()
        for thread in self._threads:
            thread.join()
        os.close(self._record)
        if self._problem:
            raise self._problem

    def _run(self):
        connection = Connection(self._address, self._headers, self._data)
        try:
            while (number := self._take()) is not None:
                self._post(connection, number)
        except Exception as error:  # told by the thread that waits
            self._problem = error
        finally:
            connection.close()

    def _take(self):
        with self._lock:
            if self._problem or (self._enough.is_set() and self._next >= self._count):
                return None
            number = self._next
            self._next += 1
        time.sleep(max(0, self._begun + number / self._rate - time.monotonic()))
        return number

    def _post(self, connection, number):
        kind = calls.kind_of(self._seed, number, self._active)
        namespace = self._namespaces[number % len(self._namespaces)]
        event_id = f"{self._seed}-{number}"
        name = self._until_accepted(connection, namespace, event_id, kind)
        line = json.dumps({"namespace": namespace, "name": name, "id": event_id, "kind": kind})
        with self._lock:
            os.write(self._record, f"{line}\n".encode())
            self.accepted += 1
        if number % REPEAT_EVERY == 0:
            again = self._until_accepted(connection, namespace, event_id, kind)
            assert again == name, f"event {event_id} was {name}, and posted again is {again}"

    def _until_accepted(self, connection, namespace, event_id, kind):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            status, answer = connection.post(namespace, event_id, kind)
            if status == 202:
                return json.loads(answer)["name"]
            assert status in (0, 429, 503), f"event {event_id}: {status} {answer}"
            assert time.monotonic() < deadline, f"event {event_id} is not accepted: {answer}"
            self.refused += 1
            time.sleep(0.1)


class Connection:
    """One that is kept while it works."""

    def __init__(self, address, headers, data):
        self._address, self._headers, self._data = address, headers, data
        self._http = None

    def post(self, namespace, event_id, kind):
        """(status, answer); status 0 where there was none."""
        if self._http is None:
            self._http = http.client.HTTPConnection(*self._address, timeout=ANSWER_SECONDS)
        try:
            self._http.request(
                "POST", f"/api/v1alpha1/namespaces/{namespace}/events", self._data,
                {"ce-specversion": "1.0", "ce-id": event_id, "ce-source": calls.SOURCE,
                 "ce-type": calls.TYPE.format(kind), "content-type": "text/plain",
                 **self._headers})
            answer = self._http.getresponse()
            status, body = answer.status, answer.read()
            if answer.will_close:
                self.close()
            return status, body
        except (OSError, http.client.HTTPException) as error:
            self.close()
            return 0, repr(error)

    def close(self):
        if self._http is not None:
            self._http.close()
            self._http = None
