#!/usr/bin/python3
"""Whole clusters brought down, and what is left of them: nothing. Needs root."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import unittest

from cluster_case import IMAGE, PROGRAM, SECONDS, SERVER, SERVICE, ClusterCase, wait_for
from testcluster import docker_archive, host_traces, plan, records


class TracesTest(ClusterCase):
    """Whatever becomes of a cluster, the host is afterwards as it was before."""

    def setUp(self):
        super().setUp()
        self.before = host_traces.take()

    def assert_no_trace(self, namespaces=None):
        name = plan.cgroup_name(self.cluster.directory)
        self.assertEqual(host_traces.processes([self.cluster.directory, name]), [])
        if namespaces:
            self.assertEqual(host_traces.processes(namespace=namespaces["pid"]), [])
        self.assertFalse(os.path.exists(self.directory))
        left = {}
        # Others may do things on this host too: what is theirs will go, or is not what we left.
        for _ in range(20):
            left = host_traces.left(self.before, host_traces.take())
            if not left:
                return
            time.sleep(0.5)
        self.fail(f"left on the host: {json.dumps(left, indent=2)}")

    def machine(self):
        return host_traces.namespaces(self.cluster.keeper.record["pid"])

    def test_none_is_left_by_a_cluster_with_a_running_pod(self):
        self.run_cluster("up")
        during = host_traces.left(self.before, host_traces.take())
        self.assertEqual(sorted(during), ["addresses", "cgroups", "interfaces", "routes"])
        archive = os.path.join(self.directory, "tmp", "image.tar")
        docker_archive.write_busybox(archive, IMAGE)
        self.run_cluster("load-image", archive)
        self.cluster.kubectl("apply", "-f", "-", input="\n---\n".join(
            map(json.dumps, (SERVER, SERVICE))))
        self.cluster.kubectl("wait", "--for=condition=Ready", "pod/server",
                             f"--timeout={SECONDS}s")
        namespaces = self.machine()
        self.assertNotEqual(host_traces.processes(namespace=namespaces["pid"]), [])
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_none_is_left_when_up_was_killed_at_any_point(self):
        marks = ("plan.json", "keeper.json", "log/etcd.log", "log/apiserver.log",
                 "log/kubelet.log")
        for mark in marks:
            with self.subTest(killed_after=mark):
                process = subprocess.Popen(
                    [PROGRAM, f"--dir={self.directory}", "up"],
                    stderr=subprocess.DEVNULL, start_new_session=True)
                path = pathlib.Path(self.directory, mark)
                wait_for(mark, path.exists)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                self.run_cluster("down")
                self.assert_no_trace()

    def test_none_is_left_when_the_machine_was_killed(self):
        self.run_cluster("up")
        namespaces = self.machine()
        records.kill(self.cluster.keeper.record)
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_none_is_left_when_the_directory_was_removed(self):
        self.run_cluster("up")
        namespaces = self.machine()
        keeper = self.cluster.keeper.record
        # Processes may write there until they end, and somebody who removes it has to try again.
        shutil.rmtree(self.directory, ignore_errors=True)
        wait_for("end of the keeper", lambda: not records.is_alive(keeper))
        shutil.rmtree(self.directory, ignore_errors=True)
        self.run_cluster("down")
        self.assert_no_trace(namespaces)

    def test_a_directory_that_is_not_ours_stays(self):
        kept = pathlib.Path(self.directory, "kept")
        kept.touch()
        for words in (("up",), ("down",)):
            refused = self.run_cluster(*words, check=False)
            self.assertEqual(refused.returncode, 1)
            self.assertTrue(kept.exists())
        kept.unlink()


if __name__ == "__main__":
    unittest.main()
