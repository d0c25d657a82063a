"""Each optimizer and schedule against its definition, in float64, over 25 steps.

usage: optimizers_test.py FED_RUN PROGRAM
"""
import json
import math
import subprocess
import sys
import unittest

STEPS = 25
START = (1.0, -2.0, 3.0)


def gradient(m):
    return (2 * m[0] + math.sin(m[2]), 2 * m[1] + math.sin(m[2]), math.cos(m[2]) * (m[0] + m[1]) + 0.3 * m[2])


class Sgd:
    def __init__(self, rate):
        self.rate = rate

    def change(self, m, g, t):
        return -self.rate * g


class Momentum:
    def __init__(self, rate, decay):
        self.rate, self.decay, self.v = rate, decay, 0.0

    def change(self, m, g, t):
        self.v = self.decay * self.v - self.rate * g
        return self.v


class Nesterov:
    """As Sutskever writes it: theta and v, with the gradient at theta + decay * v, which is what is kept."""

    def __init__(self, rate, decay):
        self.rate, self.decay, self.v = rate, decay, 0.0

    def change(self, ahead, g, t):
        theta = ahead - self.decay * self.v
        self.v = self.decay * self.v - self.rate * g
        theta += self.v
        return theta + self.decay * self.v - ahead


class Adagrad:
    def __init__(self, rate, epsilon=1e-7):
        self.rate, self.epsilon, self.squares = rate, epsilon, []

    def change(self, m, g, t):
        self.squares.append(g ** 2)
        return -self.rate * g / (math.sqrt(math.fsum(self.squares)) + self.epsilon)


class RmsProp:
    def __init__(self, rate, decay=0.9, epsilon=1e-7):
        self.rate, self.decay, self.epsilon, self.squares = rate, decay, epsilon, []

    def change(self, m, g, t):
        self.squares.append(g ** 2)
        mean = sum((1 - self.decay) * self.decay ** age * s for age, s in enumerate(reversed(self.squares)))
        return -self.rate * g / (math.sqrt(mean) + self.epsilon)


class AdamW:
    def __init__(self, rate, weight_decay=0.0, beta1=0.9, beta2=0.999, epsilon=1e-8):
        self.rate, self.weight_decay, self.beta1, self.beta2, self.epsilon = rate, weight_decay, beta1, beta2, epsilon
        self.seen = []

    def change(self, m, g, t):
        self.seen.append(g)

        def mean(beta, values):
            weights = [beta ** age for age in range(len(values))]
            return sum(w * x for w, x in zip(weights, reversed(values))) / sum(weights)
        first, second = mean(self.beta1, self.seen), mean(self.beta2, [x * x for x in self.seen])
        return -self.rate * (first / (math.sqrt(second) + self.epsilon) + self.weight_decay * m)


class Yogi:
    def __init__(self, rate, beta1=0.9, beta2=0.999, epsilon=1e-3, initial=1e-6):
        self.rate, self.beta1, self.beta2, self.epsilon = rate, beta1, beta2, epsilon
        self.m, self.v = 0.0, initial

    def change(self, m, g, t):
        self.m += (1 - self.beta1) * (g - self.m)
        self.v += math.copysign((1 - self.beta2) * g * g, g * g - self.v)
        return -self.rate * self.m / (math.sqrt(self.v) + self.epsilon)


def path(make, schedule=lambda t: 1.0):
    """The models after each step, of one optimizer for each number of the model."""
    optimizers, m, all_models = [make() for _ in START], list(START), []
    for t in range(STEPS):
        g = gradient(m)
        m = [x + schedule(t) * o.change(x, d, t) for x, d, o in zip(m, g, optimizers)]
        all_models.append(m)
    return all_models


def cosine(steps, least=0.0):
    return lambda t: least + (1 - least) * math.cos(math.pi * min(t / steps, 1) / 2) ** 2


WANTED = {
    "sgd": path(lambda: Sgd(0.1)),
    "momentum": path(lambda: Momentum(0.05, 0.9)),
    "nesterov": path(lambda: Nesterov(0.05, 0.8)),
    "adagrad": path(lambda: Adagrad(0.3)),
    "rmsprop": path(lambda: RmsProp(0.02)),
    "adam": path(lambda: AdamW(0.05)),
    "adamw": path(lambda: AdamW(0.05, 0.1)),
    "yogi": path(lambda: Yogi(0.05)),
    "constant": path(lambda: Sgd(0.1), lambda t: 0.5),
    "decay": path(lambda: Sgd(0.2), lambda t: math.exp(-math.log(2) * t / 10)),
    "cosine": path(lambda: AdamW(0.05), cosine(20, 0.1)),
    "warmup": path(lambda: Momentum(0.05, 0.9), lambda t: (t + 1) / 5 if t < 5 else cosine(10)(t - 5)),
}


class Optimizers(unittest.TestCase):
    def test_paths(self):
        arguments = {"start": {"w": START[:2], "b": START[2]}}
        done = subprocess.run([FED_RUN, PROGRAM, "--entry=all", "--args=" + json.dumps(arguments)],
                              capture_output=True, text=True, timeout=60, check=True)
        found = json.loads(done.stdout)
        # The first step of Adam is one of the rate, and float32 is what there is without another type.
        self.assertAlmostEqual(found.pop("single"), 1 - 0.001, places=6)
        # A rate is float32, too, and serves a model of another type.
        mixed = found.pop("mixed")
        self.assertEqual(set(mixed), {"adam", "adam64", "yogi64"})
        for name, models in mixed.items():
            for found_row, wanted_row in zip(models, WANTED[name.removesuffix("64")], strict=True):
                for a, b in zip(found_row, wanted_row, strict=True):
                    self.assertAlmostEqual(a, b, delta=1e-4, msg=name)
        self.assertEqual(set(found), set(WANTED))
        for name, models in WANTED.items():
            for t in range(STEPS):
                for a, b in zip(found[name][t], models[t], strict=True):
                    self.assertLess(abs(a - b), 1e-9 * max(1e-3, abs(b)), (name, t))


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
