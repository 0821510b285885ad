"""File trees made from what is on this machine."""

import io
import json
import pathlib
import stat
import subprocess
import sys
import tarfile
import tempfile
import unittest

from erimages.root import ImageError, Root, libraries_of, stripped


class RootTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="er-")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def layer_of(self, root):
        root.write(self.top / "image.tar", "localhost/test/thing:1", {})
        with tarfile.open(self.top / "image.tar") as archive:
            [entry] = json.load(archive.extractfile("manifest.json"))
            layer = archive.extractfile(entry["Layers"][0]).read()
        return tarfile.open(fileobj=io.BytesIO(layer))

    def test_a_program_finds_its_libraries_in_the_tree(self):
        root = Root()
        root.program(sys.executable, "/usr/bin/program")
        with self.layer_of(root) as files:
            files.extractall(self.top / "root")
        loader = next(path for name, path in libraries_of(sys.executable) if name is None)
        listed = subprocess.run(
            [f"{self.top}/root{loader}", "--list", f"{self.top}/root/usr/bin/program"],
            env={"LD_LIBRARY_PATH": ":".join(
                str(path) for path in (self.top / "root" / "usr" / "lib").iterdir())},
            capture_output=True, text=True, check=True).stdout
        found = [line.split(" => ")[1].split()[0] for line in listed.splitlines()
                 if " => /" in line and "/ld-linux" not in line]
        self.assertTrue(found, listed)
        for path in found:
            self.assertTrue(path.startswith(str(self.top)), path)

    def test_it_has_a_user_who_is_not_root_and_no_shell(self):
        with self.layer_of(Root()) as files:
            users = files.extractfile("etc/passwd").read().decode()
            names = files.getnames()
        self.assertIn("nonroot:x:65532:65532:", users)
        self.assertEqual([name for name in names if name.startswith("usr/bin/")], [])

    def test_folders_come_before_what_is_in_them(self):
        root = Root()
        root.text("/a/b/c", "text")
        with self.layer_of(root) as files:
            names = files.getnames()
            self.assertTrue(files.getmember("a/b").isdir())
            self.assertEqual(files.getmember("tmp").mode, stat.S_ISVTX | 0o777)
        self.assertLess(names.index("a"), names.index("a/b"))
        self.assertLess(names.index("a/b"), names.index("a/b/c"))

    def test_two_contents_for_one_path_are_refused(self):
        root = Root()
        root.text("/a", "one")
        root.text("/a", "one")
        with self.assertRaisesRegex(ImageError, "two files would be /a"):
            root.text("/a", "two")

    def test_what_is_no_program_is_refused(self):
        (self.top / "absent").symlink_to("nowhere")
        with self.assertRaisesRegex(ImageError, "not all of what"):
            libraries_of(str(self.top / "absent"))

    def test_stripping_makes_no_other_program_of_it(self):
        (self.top / "true").write_bytes(stripped("/usr/bin/true"))
        (self.top / "true").chmod(0o755)
        self.assertEqual(subprocess.run([self.top / "true"], check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
