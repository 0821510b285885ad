"""Nothing is removed that a cluster did not make."""

import pathlib
import tempfile
import threading
import unittest

from testcluster import directory
from testcluster.report import ClusterError


class DirectoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="er-")
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "cluster")

    def test_a_directory_with_other_things_is_neither_taken_nor_emptied(self):
        self.path.mkdir()
        (self.path / "mine").touch()
        with self.assertRaises(ClusterError):
            directory.claim(self.path)
        with self.assertRaises(ClusterError):
            directory.empty(self.path)
        self.assertTrue((self.path / "mine").exists())

    def test_emptying_leaves_the_mark_and_what_links_point_to(self):
        self.path.mkdir()
        directory.claim(self.path)
        outside = self.path.parent / "outside"
        outside.mkdir()
        (outside / "file").touch()
        (self.path / "link").symlink_to(outside)
        (self.path / "folder" / "below").mkdir(parents=True)
        directory.empty(self.path)
        self.assertEqual([path.name for path in self.path.iterdir()], [directory.MARK])
        self.assertTrue((outside / "file").exists())
        directory.remove(self.path)
        self.assertFalse(self.path.exists())

    def test_one_who_waited_for_a_directory_that_was_removed_gets_a_new_one(self):
        entered = threading.Event()

        def wait():
            with directory.locked(self.path):
                directory.claim(self.path)
                entered.set()

        with directory.locked(self.path):
            directory.claim(self.path)
            other = threading.Thread(target=wait)
            other.start()
            directory.remove(self.path)
        other.join()
        self.assertTrue(entered.is_set())
        self.assertTrue((self.path / directory.MARK).exists())


if __name__ == "__main__":
    unittest.main()
