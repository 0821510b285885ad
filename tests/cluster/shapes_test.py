#!/usr/bin/python3
"""What `reactorctl pipelines validate` knows of containers and volumes is what a real API server has.

    tests/cluster/shapes_test.py [-v] [ShapesTest.test_...]
"""

import json
import os
import pathlib
import subprocess
import unittest

from cluster_case import ClusterCase

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("EVENTREACTOR_BIN", ROOT / "build" / "bin"))
CORE = "io.k8s.api.core.v1"
QUANTITY = "io.k8s.apimachinery.pkg.api.resource.Quantity"
# What a value is answered with that is of another type, or in no known field.
MISFIT = ("is unknown", "expected ")


class Schemas:
    """The schemas of core/v1, and objects that have every field of one."""

    def __init__(self, cluster):
        served = json.loads(cluster.kubectl("get", "--raw", "/openapi/v3/api/v1").stdout)
        self._schemas = served["components"]["schemas"]

    def fields(self, name):
        return self._schemas[name]["properties"]

    def sample(self, schema, alternative=0):
        """A value with all that it may have; of an integer or a text, the `alternative`."""
        name = schema_named_in(schema)
        if name:
            return "1" if name == QUANTITY else self.sample(self._schemas[name], alternative)
        if "properties" in schema:
            return {name: self.sample(each, alternative)
                    for name, each in schema["properties"].items()}
        if schema.get("format") == "int-or-string":
            return ["http", 80][alternative]
        if schema["type"] == "array":
            return [self.sample(schema["items"], alternative)]
        if schema["type"] == "object":
            values = schema.get("additionalProperties")
            return {"cpu": self.sample(values, alternative)} if values else {}
        return {"string": "x", "integer": 1, "boolean": True}[schema["type"]]

    def spoiled(self, schema):
        """Values with one fault each: a wrong type, or a name that no field has."""
        name = schema_named_in(schema)
        if name and name != QUANTITY:
            yield from self.spoiled(self._schemas[name])
            return
        right = self.sample(schema)
        # No field takes a flag and anything else.
        yield "x" if right is True else True
        if "properties" in schema:
            yield {**right, "noSuchField": "x"}
            for field, below in schema["properties"].items():
                for value in self.spoiled(below):
                    yield {**right, field: value}
        elif isinstance(right, list):
            for value in self.spoiled(schema["items"]):
                yield [value]
        elif isinstance(right, dict):
            for value in self.spoiled(schema["additionalProperties"]):
                yield {"cpu": value}


def schema_named_in(schema):
    """Which other stands for this one; empty if none does."""
    [reference] = [each["$ref"] for each in schema.get("allOf", [schema]) if "$ref" in each] or [""]
    return reference.rpartition("/")[2]


def misfits(step=None, volume=None):
    """What is said of the fields and types of a Pipeline that has them."""
    spec = {"steps": [{"name": "a", "image": "x", **(step or {})}],
            "volumes": [{"name": "v", **volume}] if volume else [],
            "trigger": {"event": {"type": "com.example.a"}}}
    pipeline = {"apiVersion": "eventreactor.summerwind.github.io/v1alpha1", "kind": "Pipeline",
                "metadata": {"name": "shapes"}, "spec": spec}
    done = subprocess.run([BIN / "reactorctl", "pipelines", "validate", "-f", "-", "-o", "json"],
                          input=json.dumps(pipeline), capture_output=True, text=True,
                          check=False)
    if "not looked at" in done.stderr:
        raise AssertionError(done.stderr)
    return [f"{each['field']}: {each['message']}" for each in json.loads(done.stdout)["problems"]
            if each["message"].startswith(MISFIT)]


class ShapesTest(ClusterCase):
    def test_fields_are_known_with_their_types_and_no_others_are(self):
        self.run_cluster("up", "control-plane")
        schemas = Schemas(self.cluster)
        for where, name in (("step", f"{CORE}.Container"), ("volume", f"{CORE}.Volume")):
            fields = schemas.fields(name)
            self.assertGreater(len(fields), 20)
            for field, schema in fields.items():
                for alternative in (0, 1):
                    value = schemas.sample(schema, alternative)
                    with self.subTest(where, field=field, value=value):
                        self.assertEqual(misfits(**{where: {field: value}}), [])
                        [said] = misfits(**{where: {f"{field}X": value}})
                        self.assertIn(f"{field}X: is unknown", said)
        for field, schema in schemas.fields(f"{CORE}.Container").items():
            for value in schemas.spoiled(schema):
                with self.subTest("step", field=field, value=value):
                    self.assertNotEqual(misfits(step={field: value}), [])


if __name__ == "__main__":
    unittest.main()
