#!/usr/bin/python3
"""The checker finds each kind of what may go wrong, and nothing where all is well."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import checker  # noqa: E402


def accepted(*kinds):
    return {("ns", f"event-{number}"): {"namespace": "ns", "name": f"event-{number}",
                                        "id": f"1-{number}", "kind": kind}
            for number, kind in enumerate(kinds)}


def event(number, **status):
    return {"metadata": {"namespace": "ns", "name": f"event-{number}"},
            "spec": {"id": f"1-{number}"}, "status": status or {"dispatchTime": "now"}}


def action(number, pipeline, completion="success", **more):
    status = {"completion": completion, "dispatchTime": "now"} if completion else {}
    return {"metadata": {"namespace": "ns", "name": f"{pipeline}-{number}"},
            "spec": {"event": {"name": f"event-{number}"}, "pipeline": {"name": pipeline}},
            "status": {**status, **more}}


def found(record, events, actions, held=False, **end):
    end = checker.End(events, actions, **end)
    return [each.kind for each in checker.check(record, end, held)]


class CheckerTest(unittest.TestCase):
    def test_all_is_well(self):
        self.assertEqual([], found(
            accepted("nothing", "work", "fail", "chain"), [event(n) for n in range(4)],
            [action(1, "work"), action(2, "fail", "failure"), action(2, "after-failure"),
             action(3, "first"), action(3, "second")]))
        self.assertEqual([], found(accepted("nothing", "chain"), [event(0), event(1)],
                                   [action(1, "first", None)], held=True))

    def test_an_event_that_is_not_there(self):
        self.assertEqual(["lost"], found(accepted("nothing"), [], []))
        self.assertEqual(["lost", "lost"], found(accepted("work"), [], []))

    def test_an_event_that_is_not_dispatched(self):
        self.assertEqual(["stuck"], found(accepted("nothing"), [event(0, decisions=[])], []))

    def test_an_event_that_nobody_sent_or_that_is_another(self):
        self.assertEqual(["uncalled"], found({}, [event(0)], []))
        other = {**event(0), "spec": {"id": "1-7"}}
        self.assertEqual(["wrong"], found(accepted("nothing"), [other], []))

    def test_an_action_that_is_not_there(self):
        self.assertEqual(["lost"], found(accepted("chain"), [event(0)], [action(0, "first")]))

    def test_two_actions_for_one(self):
        twin = {**action(0, "work"), "metadata": {"namespace": "ns", "name": "twin"}}
        self.assertEqual(["doubled"], found(accepted("work"), [event(0)],
                                            [action(0, "work"), twin]))

    def test_an_action_that_nothing_calls_for(self):
        self.assertEqual(["uncalled"], found(accepted("nothing"), [event(0)],
                                             [action(0, "work")]))
        self.assertEqual(["uncalled"], found(accepted("work"), [event(0)],
                                             [action(0, "work"), action(0, "elsewhere")]))

    def test_an_action_that_does_not_end(self):
        self.assertEqual(["stuck"], found(accepted("work"), [event(0)],
                                          [action(0, "work", None)]))
        self.assertEqual(["stuck"], found(accepted("work"), [event(0)],
                                          [action(0, "work", dispatchTime=None)]))

    def test_an_action_that_ends_otherwise_or_runs_where_it_may_not(self):
        self.assertEqual(["wrong"], found(accepted("work"), [event(0)],
                                          [action(0, "work", "unknown")]))
        self.assertEqual(["wrong"], found(accepted("work"), [event(0)], [action(0, "work")],
                                          held=True))

    def test_a_run_that_says_it_twice_or_says_nothing(self):
        for text in ("work 1-0\nwork 1-0\n", ""):
            self.assertEqual(["wrong"], found(accepted("work"), [event(0)], [action(0, "work")],
                                              logs={("ns", "work-0"): text}))

    def test_what_is_left_and_what_is_dead(self):
        self.assertEqual(["left", "uncalled"], found({}, [], [], left=["/container"],
                                                     dead=["letter"]))

    def test_a_process_that_nobody_killed(self):
        self.assertEqual(["crashed"], found({}, [], [], crashed=["dispatcher ended by signal 6"]))


if __name__ == "__main__":
    unittest.main()
