"""To be imported before what the tests have: stacks, clusters and what starts services."""

import pathlib
import sys

_TESTS = pathlib.Path(__file__).resolve().parents[1] / "tests"
sys.path[:0] = [str(_TESTS / "integration"), str(_TESTS / "cluster")]
