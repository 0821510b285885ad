"""A process is known by its record, and by nothing less."""

import os
import signal
import subprocess
import tempfile
import unittest

from testcluster import records


class RecordsTest(unittest.TestCase):
    def setUp(self):
        self.child = subprocess.Popen(["sleep", "1000"])
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)

    def test_a_running_process_is_alive(self):
        self.assertTrue(records.is_alive(records.record_of(self.child.pid)))

    def test_another_process_with_the_same_id_is_not_the_one_recorded(self):
        record = records.record_of(self.child.pid)
        self.assertFalse(records.is_alive({**record, "started": "1"}))
        self.assertFalse(records.is_alive({**record, "boot": "another"}))
        records.kill({**record, "started": "1"})
        self.assertTrue(records.is_alive(record))

    def test_one_that_was_not_reaped_yet_is_not_alive(self):
        record = records.record_of(self.child.pid)
        self.child.send_signal(signal.SIGKILL)
        os.waitid(os.P_PID, self.child.pid, os.WEXITED | os.WNOWAIT)
        self.assertFalse(records.is_alive(record))

    def test_kill_ends_the_process(self):
        record = records.record_of(self.child.pid)
        records.kill(record)
        self.assertFalse(records.is_alive(record))
        self.assertEqual(self.child.wait(), -signal.SIGKILL)

    def test_what_is_not_a_record_is_not_alive(self):
        for nonsense in (None, {}, {"pid": "x"}, {"pid": self.child.pid}):
            self.assertFalse(records.is_alive(nonsense))

    def test_a_file_with_half_a_record_is_read_as_none(self):
        with tempfile.NamedTemporaryFile("w") as file:
            file.write('{"pid": 1')
            file.flush()
            self.assertIsNone(records.read(file.name))


if __name__ == "__main__":
    unittest.main()
