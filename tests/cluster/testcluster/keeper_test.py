"""The keeper of an ordinary (control plane) cluster, with sleeping processes."""

import pathlib
import shutil
import tempfile
import time
import unittest

from testcluster import keeper, records
from testcluster.keeper_client import KeeperClient
from testcluster.report import ClusterError

SLEEP = ["/bin/sleep", "1000"]


class KeeperTest(unittest.TestCase):
    def setUp(self):
        # Longer than a socket's name can be.
        top = tempfile.mkdtemp(prefix="er-")
        self.addCleanup(shutil.rmtree, top, ignore_errors=True)
        self.directory = pathlib.Path(top, "x" * 120)
        self.directory.mkdir()
        self.client = KeeperClient(self.directory)
        self.client.launch()
        self.record = self.client.record
        self.addCleanup(records.kill, self.record)

    def children(self):
        return records.read(self.directory / keeper.CHILDREN)

    def wait_until_gone(self, record):
        while records.is_alive(record):
            time.sleep(0.01)

    def test_starts_once_and_stops(self):
        self.client.start("one", SLEEP, {})
        first = self.client.processes()["one"]["pid"]
        self.client.start("one", SLEEP, {})
        self.assertEqual(self.client.processes()["one"]["pid"], first)
        self.client.stop("one")
        self.assertEqual(self.client.processes()["one"],
                         {"pid": first, "running": False, "status": -15})

    def test_one_that_does_not_heed_sigterm_is_killed(self):
        program = "trap '' TERM; echo trapped; while :; do sleep 0.1; done"
        self.client.start("deaf", ["/bin/sh", "-c", program], {"PATH": "/bin"})
        log = self.directory / keeper.LOGS / "deaf.log"
        while not log.read_text():
            time.sleep(0.01)
        self.client.stop("deaf", grace_seconds=0.1)
        self.assertEqual(self.client.processes()["deaf"]["status"], -9)

    def test_says_how_a_process_ended_and_keeps_what_it_said(self):
        self.client.start("short", ["/bin/sh", "-c", "echo $WORD; exit 3"], {"WORD": "hello"})
        while self.client.processes()["short"]["running"]:
            time.sleep(0.01)
        self.assertEqual(self.client.processes()["short"]["status"], 3)
        self.assertEqual((self.directory / keeper.LOGS / "short.log").read_text(), "hello\n")

    def test_what_a_program_writes_is_for_all_and_what_the_keeper_writes_is_not(self):
        self.client.start("short", ["/bin/sh", "-c", "umask"], {})
        while self.client.processes()["short"]["running"]:
            time.sleep(0.01)
        log = self.directory / keeper.LOGS / "short.log"
        self.assertEqual(log.read_text(), "0022\n")
        self.assertEqual(log.stat().st_mode & 0o777, 0o600)

    def test_a_program_that_is_not_there_ends_and_its_log_says_why(self):
        self.client.start("none", ["/no/such/program"], {})
        while self.client.processes()["none"]["running"]:
            time.sleep(0.01)
        self.assertEqual(self.client.processes()["none"]["status"], 127)
        log = (self.directory / keeper.LOGS / "none.log").read_text()
        self.assertIn("/no/such/program", log)

    def test_nothing_outlives_a_keeper_that_was_killed(self):
        self.client.start("one", SLEEP, {})
        child = self.children()["one"]
        self.assertTrue(records.is_alive(child))
        records.kill(self.record)
        self.wait_until_gone(child)

    def test_nothing_outlives_the_directory(self):
        self.client.start("one", SLEEP, {})
        child = self.children()["one"]
        shutil.rmtree(self.directory)
        self.wait_until_gone(self.record)
        self.wait_until_gone(child)

    def test_a_request_that_makes_no_sense_is_answered_and_forgotten(self):
        with self.assertRaises(ClusterError):
            self.client.start("bad\0name", SLEEP, {})
        self.client.start("one", SLEEP, {})
        self.assertTrue(self.client.processes()["one"]["running"])


if __name__ == "__main__":
    unittest.main()
