"""A BuildTemplate and a ClusterBuildTemplate give Pipelines their steps, with arguments put in."""

from harness.publisher import publish
from harness.stack import Stack
from scenarios.sdk import complete

NAMESPACE = "templates"
TYPE = "com.example.templated"


def run(long):
    del long
    with Stack() as stack:
        stack.apply_documents(NAMESPACE, [
            template("BuildTemplate", "greet", stack.image),
            template("ClusterBuildTemplate", "greet-all", stack.image)])
        cases = list(expected())
        stack.apply(NAMESPACE, complete([pipeline for pipeline, _, _ in cases]))
        event, _, _ = publish(stack, NAMESPACE, {"id": "1", "source": "/t", "type": TYPE})
        actions = {action["spec"]["pipeline"]["name"]: action
                   for action in stack.settled_actions(NAMESPACE, [event])}
        for pipeline, completion, words in cases:
            action = actions[pipeline["metadata"]["name"]]
            status = action["status"]
            log = stack.run("actions", "logs", action["metadata"]["name"], "-n", NAMESPACE).stdout
            assert status["completion"] == completion, (pipeline, status, log)
            told = log if completion == "success" else status["conditions"][0]["message"]
            assert words == log if completion == "success" else words in told, (pipeline, told)
    return f"{len(cases)} Pipelines"


def template(kind, name, image):
    return {"apiVersion": "build.knative.dev/v1alpha1", "kind": kind, "metadata": {"name": name},
            "spec": {
                "parameters": [{"name": "WHOM"}, {"name": "HOW", "default": "hello"},
                               {"name": "PLACE", "default": "notes"}],
                "steps": [{"name": "greet-${HOW}", "image": image, "workingDir": "/workspace",
                           "env": [{"name": "WHOM", "value": "${WHOM}"},
                                   {"name": "SHOUT", "value": "no"}],
                           "command": ["sh", "-c"],
                           "args": ["echo ${HOW} $WHOM, shouting: $SHOUT; ls -d /${PLACE}"],
                           "volumeMounts": [{"name": "${PLACE}", "mountPath": "/${PLACE}"}]}],
                "volumes": [{"name": "${PLACE}", "emptyDir": {}}]}}


def expected():
    """(Pipeline, how it ends, its log or a part of why it failed)."""
    def pipeline(of, **used):
        return {"metadata": {"name": of},
                "spec": {"template": used, "trigger": {"event": {"type": TYPE}}}}

    def arguments(**values):
        return [{"name": name, "value": value} for name, value in values.items()]

    yield (pipeline("defaults", name="greet", arguments=arguments(WHOM="ann")), "success",
           "hello ann, shouting: no\n/notes\n")
    yield (pipeline("given", name="greet",
                    arguments=arguments(WHOM="bob", HOW="hey", PLACE="papers")), "success",
           "hey bob, shouting: no\n/papers\n")
    yield (pipeline("with-env", name="greet", arguments=arguments(WHOM="eve"),
                    env=[{"name": "SHOUT", "value": "yes"}]), "success",
           "hello eve, shouting: yes\n/notes\n")
    yield (pipeline("once", name="greet", arguments=arguments(WHOM="${HOW}")), "success",
           "hello ${HOW}, shouting: no\n/notes\n")
    yield (pipeline("of-all", name="greet-all", kind="ClusterBuildTemplate",
                    arguments=arguments(WHOM="all")), "success", "hello all, shouting: no\n/notes\n")
    yield pipeline("lacking", name="greet"), "failure", "WHOM"
    yield pipeline("missing", name="nowhere"), "failure", "nowhere"
