"""What goes wrong, and when: drawn from a seed, carried out on a world, written down."""

import dataclasses
import random
import threading
import time

PROCESS, LINK, DISK, CLOCK = "process", "link", "disk", "clock"
# What can be done to each; seconds for how long, where it takes any.
KINDS = {
    (PROCESS, "kill"): None,
    (PROCESS, "restart"): None,
    (PROCESS, "stop"): (0.3, 5.0),
    (LINK, "cut"): None,
    (LINK, "refuse"): (0.5, 4.0),
    (LINK, "freeze"): (0.5, 6.0),
    (LINK, "delay"): (1.0, 5.0),
    (DISK, "full"): (1.0, 5.0),
    (CLOCK, "step"): (1.0, 5.0),
}
PAUSES = (0.1, 2.5)
# Of all moments, this part has two faults at once.
PAIRS = 0.3
HOUR = 3600.0


@dataclasses.dataclass(frozen=True)
class Fault:
    on: str
    verb: str
    target: str
    seconds: float = 0.0
    # By how much: a delay's seconds, or a step's.
    amount: float = 0.0

    def __str__(self):
        words = f"{self.verb} {self.target}"
        if self.amount:
            words += f" by {self.amount:.3g} s"
        return words + (f" for {self.seconds:.1f} s" if self.seconds else "")


@dataclasses.dataclass(frozen=True)
class Moment:
    """So long after the one before, these together."""

    pause: float
    faults: tuple


def draw(seed, targets, count):
    """`count` faults in Moments. `targets` is {PROCESS: [names], LINK: ...}.

    Every fault that this world can have comes before any comes again.
    """
    dice = random.Random(seed)
    moments, deck = [], []
    left = count
    while left:
        faults = []
        for _ in range(2 if left > 1 and dice.random() < PAIRS else 1):
            deck = deck or _deck(dice, targets)
            # A pair is of two different things.
            place = next((i for i, card in enumerate(deck)
                          if all(card[1:] != (each.on, each.target) for each in faults)), None)
            if place is None:
                break
            verb, on, target = deck.pop(place)
            span = KINDS[on, verb]
            faults.append(Fault(on, verb, target, dice.uniform(*span) if span else 0.0,
                                _amount(dice, verb)))
        left -= len(faults)
        moments.append(Moment(dice.uniform(*PAUSES), tuple(faults)))
    return moments


def _deck(dice, targets):
    deck = [(verb, on, target) for on, verb in KINDS for target in targets.get(on, ())]
    dice.shuffle(deck)
    return deck


def _amount(dice, verb):
    if verb == "delay":
        return dice.uniform(0.005, 0.1)
    return dice.choice([-HOUR, HOUR]) if verb == "step" else 0.0


class Happening:
    """Carries Moments out, one after the other. `done` is what really happened: (time, Fault)."""

    def __init__(self, world, say):
        self._world, self._say = world, say
        self._lock = threading.Lock()
        self._problem = None
        self.done = []

    def carry_out(self, moments):
        for moment in moments:
            time.sleep(moment.pause)
            threads = [threading.Thread(target=self._one, args=(fault,))
                       for fault in moment.faults]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            if self._problem:
                raise self._problem

    def _one(self, fault):
        try:
            self._world.begin(fault)
            with self._lock:
                self.done.append((time.time(), fault))
                self._say(str(fault))
            time.sleep(fault.seconds)
            self._world.end(fault)
        except Exception as error:  # told by the thread that waits
            self._problem = error
