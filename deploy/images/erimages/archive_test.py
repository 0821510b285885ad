"""Images written from local files."""

import hashlib
import io
import json
import pathlib
import tarfile
import tempfile
import unittest

from erimages.archive import Image


class DockerArchiveTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="er-")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)

    def write(self, name):
        image = Image("localhost/test/thing:1", {"Cmd": ["/bin/run"]})
        image.add_folder("/bin")
        image.add_file("/bin/run", b"program", 0o755)
        image.add_link("/usr", "bin")
        image.write(self.top / name)
        return self.top / name

    def test_the_same_content_is_the_same_file(self):
        self.assertEqual(self.write("a.tar").read_bytes(), self.write("b.tar").read_bytes())

    def test_the_manifest_leads_to_the_configuration_and_the_layer(self):
        with tarfile.open(self.write("a.tar")) as archive:
            [entry] = json.load(archive.extractfile("manifest.json"))
            config = archive.extractfile(entry["Config"]).read()
            layer = archive.extractfile(entry["Layers"][0]).read()
        self.assertEqual(entry["RepoTags"], ["localhost/test/thing:1"])
        self.assertEqual(entry["Config"], f"{hashlib.sha256(config).hexdigest()}.json")
        self.assertEqual(json.loads(config)["config"], {"Cmd": ["/bin/run"]})
        self.assertEqual(json.loads(config)["rootfs"]["diff_ids"],
                         [f"sha256:{hashlib.sha256(layer).hexdigest()}"])
        with tarfile.open(fileobj=io.BytesIO(layer)) as files:
            self.assertEqual(files.getnames(), ["bin", "bin/run", "usr"])
            self.assertEqual(files.getmember("bin/run").mode, 0o755)
            self.assertEqual(files.getmember("usr").linkname, "bin")


if __name__ == "__main__":
    unittest.main()
