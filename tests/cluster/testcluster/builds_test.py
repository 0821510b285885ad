"""How programs get into the cache, with a go that only copies."""

import multiprocessing
import os
import pathlib
import tempfile
import unittest
from unittest import mock

from testcluster import builds, sources
from testcluster.report import ClusterError

# Counts its builds, tells its caches, and fails for the package "bad/b" while `broken` is there.
GO = """#!/bin/sh
here=$(dirname "$0")
[ "$1" = version ] && { echo "go version go1.25.0 linux/amd64"; exit; }
while [ "$1" != -o ]; do shift; done
folder=$2; shift 2
mkdir -p "$GOCACHE" && touch "$GOCACHE/kept"
for package; do
  out=$folder$(basename "$package")
  echo "$package" >> "$here/built"
  echo half > "$out"
  [ "$package" = bad/b ] && [ -e "$here/broken" ] && { echo "no such module" >&2; exit 1; }
  printf '#!/bin/sh\\n' > "$out" && chmod +x "$out"
done
"""


class BuildsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="er-")
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        go = self.top / "go"
        go.write_text(GO)
        go.chmod(0o755)
        environment = {"PATH": f"{self.top}:{os.environ['PATH']}", "XDG_CACHE_HOME": str(self.top)}
        patch = mock.patch.dict(os.environ, environment)
        patch.start()
        self.addCleanup(patch.stop)
        patch = mock.patch.object(sources, "VERSIONS", self.top)
        patch.start()
        self.addCleanup(patch.stop)
        (self.top / "thing").mkdir()
        (self.top / "thing" / "go.mod").write_text("require example.org/thing v1.2.3\n")
        self.source = sources.Source("thing", "example.org/thing", {"a": "good/a", "b": "bad/b"})

    def built(self):
        path = self.top / "built"
        return path.read_text().split() if path.exists() else []

    def test_builds_what_is_missing_once_and_by_version(self):
        builds.ensure(self.source, ["a"])
        builds.ensure(self.source, ["a", "b"])
        builds.ensure(self.source, ["a", "b"])
        self.assertEqual(self.built(), ["good/a", "bad/b"])
        self.assertEqual(sorted(path.name for path in self.source.bin.iterdir()), ["a", "b"])
        self.assertEqual(self.source.bin, self.top / "eventreactor" / "thing" / "v1.2.3" / "bin")

    def test_keeps_go_s_caches_only_until_all_is_built(self):
        (self.top / "broken").touch()
        with self.assertRaisesRegex(ClusterError, "no such module"):
            builds.ensure(self.source, ["a", "b"])
        self.assertTrue((self.source.cache / "build" / "gocache" / "kept").exists())
        (self.top / "broken").unlink()
        builds.ensure(self.source, ["a", "b"])
        self.assertFalse((self.source.cache / "build").exists())
        self.assertEqual(self.built(), ["good/a", "bad/b", "good/a", "bad/b"])

    def test_half_a_program_is_never_in_the_cache(self):
        (self.top / "broken").touch()
        with self.assertRaises(ClusterError):
            builds.ensure(self.source, ["b"])
        self.assertEqual(list(self.source.bin.iterdir()), [])

    def test_two_at_once_build_once(self):
        context = multiprocessing.get_context("fork")
        both = [context.Process(target=builds.ensure, args=(self.source, ["a", "b"]))
                for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join()
            self.assertEqual(process.exitcode, 0)
        self.assertEqual(self.built(), ["good/a", "bad/b"])


class SourcesTest(unittest.TestCase):
    def test_the_versions_are_those_of_our_go_mod(self):
        self.assertEqual(sources.KUBERNETES.version, "v1.35.0")
        self.assertEqual(sources.COREDNS.version, "v1.12.1")


if __name__ == "__main__":
    unittest.main()
