"""A stack of the local adapter whose Actions are held, and posts to it."""

import sender
import tests_path  # noqa: F401
from harness.stack import Stack
from processes import processor_seconds

NOT_OURS = ("engine", "nats-server")


class HeldStack(Stack):
    """Its containers never run: it makes no image, and Actions wait."""

    def __init__(self):
        super().__init__(extra=["--max-running", "0"])

    def make_image(self):
        pass

    def down(self, cancel=False):
        """Nothing runs that would have to be cancelled."""
        return super().down(cancel)

    def own_pids(self):
        """Of our own processes, by name."""
        return {name: pid for name, pid in self.pids().items() if name not in NOT_OURS}

    def post(self, prefix, **options):
        """Events; seen is the Action that each makes, as the feed tells of it."""
        return self.send(prefix, watch=f"nats://127.0.0.1:{self.base_port + 4}/"
                                       "er.feed.action.*.*.created", **options)

    def send(self, prefix, kind=sender.TYPE, **options):
        """Events, of which only the answer is waited for."""
        return sender.send(f"http://127.0.0.1:{self.base_port}/",
                           headers=sender.event_headers(prefix, kind), **options)

    def processor_seconds(self):
        """That our own processes have taken."""
        return sum(map(processor_seconds, self.own_pids().values()))
