"""Rounds of federated learning against a reference in float64, and against gradient descent in one place.

usage: federated_test.py FED_RUN PROGRAM
"""
import json
import math
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

START = {"w": [0.1, -0.2], "b": 0.3}
FULL = [{"x": [[3.0, 1.0], [2.0, 1.5], [1.0, 0.7]], "y": [2.0, 3.0, 0.5]}]
# The last client has no data.
DATA = [[{"x": [[1.0, 2.0]], "y": [1.0]}],
        [{"x": [[3.0, 1.0], [2.0, 1.0]], "y": [2.0, 3.0]}, {"x": [[0.0, 1.0]], "y": [1.0]}],
        []]
RATE = 0.05


def run(*flags):
    return subprocess.run([FED_RUN, PROGRAM, *flags], capture_output=True, text=True, timeout=120, check=True).stdout


def vector(model):
    return model["w"] + [model["b"]]


def errors(m, batch):
    return [m[0] * x[0] + m[1] * x[1] + m[2] - y for x, y in zip(batch["x"], batch["y"])]


def loss(m, batch):
    return sum(d * d for d in errors(m, batch)) / len(batch["y"])


def gradient(m, batch):
    pairs = [(2 * d / len(batch["y"]), x + [1.0]) for d, x in zip(errors(m, batch), batch["x"])]
    return [sum(d * x[i] for d, x in pairs) for i in range(3)]


def minus(a, b, factor=1.0):
    return [x - factor * y for x, y in zip(a, b)]


def norm(x):
    return math.sqrt(sum(y * y for y in x))


def train(start, batches, mu=0.0):
    """The model, the sum of the losses and the number of examples."""
    m, total, examples = start, 0.0, 0
    for batch in batches:
        g = [x + mu * d for x, d in zip(gradient(m, batch), minus(m, start))]
        total += loss(m, batch) * len(batch["y"])
        examples += len(batch["y"])
        m = minus(m, g, RATE)
    return m, total, examples


def mean(values, weights=None):
    weights = weights or [1] * len(values)
    return [sum(w * v[i] for w, v in zip(weights, values)) / sum(weights) for i in range(3)]


class Rounds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.found = json.loads(run("--entry=rounds", "--host", "steps=[2,1,1]",
                                   "--args=" + json.dumps({"m": START, "data": DATA})))

    def expect(self, name, wanted):
        for a, b in zip(vector(self.found[name]), wanted, strict=True):
            self.assertAlmostEqual(a, b, delta=2e-6, msg=name)

    def test_averaging(self):
        start = vector(START)
        models, losses, examples = zip(*[train(start, batches) for batches in DATA])
        self.expect("weighted", mean(models, examples))
        # As many examples as a batch has rows, where nothing else is said.
        self.assertEqual(self.found["by_size"], self.found["weighted"])
        self.expect("counted", mean(models, [len(batches) for batches in DATA]))
        # Who has no data does not count.
        self.expect("unweighted", mean(models[:2]))
        self.expect("summed", [x + sum(m[i] - x for m in models) for i, x in enumerate(start)])

    def test_prox(self):
        ends = [train(vector(START), batches[:steps], mu=0.5) for batches, steps in zip(DATA, (2, 1, 1))]
        models, losses, examples = zip(*ends)
        self.expect("prox", mean(models, examples))
        self.assertAlmostEqual(self.found["prox_loss"], sum(losses) / sum(examples), places=5)
        self.assertEqual(self.found["prox_examples"], 3)

    def test_server_optimizer(self):
        model, first, second = vector(START), [0.0] * 3, [0.0] * 3
        for t in (1, 2):
            models, _, examples = zip(*[train(model, batches) for batches in DATA])
            g = minus(model, mean(models, examples))
            first = [0.9 * m + 0.1 * x for m, x in zip(first, g)]
            second = [0.999 * v + 0.001 * x * x for v, x in zip(second, g)]
            model = [x - 0.1 * (m / (1 - 0.9 ** t)) / (math.sqrt(v / (1 - 0.999 ** t)) + 1e-8)
                     for x, m, v in zip(model, first, second)]
        self.expect("opt", model)

    def test_norms(self):
        start = vector(START)
        deltas = [minus(start, train(start, batches)[0]) for batches in DATA]
        self.assertEqual([norm(d) > 0.2 for d in deltas], [True, True, False])
        self.assertEqual([norm(d) > 0.5 for d in deltas], [False, True, False])
        clipped = [[x * min(1, 0.2 / (norm(d) or 1)) for x in d] for d in deltas]
        self.expect("clipped", minus(start, mean(clipped[:2])))
        self.expect("clipped_averaging", minus(start, mean(clipped[:2])))
        zeroed = [d if norm(d) <= 0.5 else [0.0] * 3 for d in deltas]
        self.expect("zeroed", minus(start, mean(zeroed, [1, 3, 0])))

    def test_sgd(self):
        batches = [batch for client in DATA for batch in client]
        examples = [len(batch["y"]) for batch in batches]
        start = vector(START)
        self.expect("sgd", minus(start, mean([gradient(start, b) for b in batches], examples), 0.1))
        wanted = sum(n * loss(start, b) for n, b in zip(examples, batches)) / sum(examples)
        self.assertAlmostEqual(self.found["sgd_loss"], wanted, places=5)


class Data(unittest.TestCase):
    def test_nobody_has_any(self):
        """The model is what it was, also where the server's optimizer is on its way."""
        moments = {"m": START, "v": START, "t": 3}
        found = json.loads(run("--entry=idle", "--args=" + json.dumps({"m": START, "moving": moments, "data": [[], []]})))
        for algorithm in ("avg", "prox", "opt", "sgd"):
            self.assertEqual(found[algorithm], START, msg=algorithm)
        self.assertEqual(found["loss"], "NaN")

    def test_one_has_some(self):
        """Those without data change nothing of what the one with data does."""
        moments = {"m": START, "v": {"w": [0.5, 0.5], "b": 0.5}, "t": 3}
        alone, among = (json.loads(run("--entry=idle", "--args=" + json.dumps({"m": START, "moving": moments, "data": data})))
                        for data in ([DATA[1]], [[], DATA[1], []]))
        self.assertEqual(alone, among)
        self.assertNotEqual(alone["opt"], START)

    def test_personalization(self):
        held = [DATA[1], [], DATA[0]]
        found = json.loads(run("--entry=personal", "--args=" + json.dumps({"m": START, "data": DATA, "held": held})))
        start = vector(START)
        for name, models in (("before", [start] * 3), ("after", [train(start, batches)[0] for batches in DATA])):
            losses = [(loss(m, b) * len(b["y"]), len(b["y"])) for m, batches in zip(models, held) for b in batches]
            wanted = sum(x for x, _ in losses) / sum(n for _, n in losses)
            self.assertAlmostEqual(found[name], wanted, places=4, msg=name)
        nobody = json.loads(run("--entry=personal", "--args=" + json.dumps({"m": START, "data": DATA, "held": [[], [], []]})))
        self.assertEqual(nobody, {"before": "NaN", "after": "NaN"})


class Averaging(unittest.TestCase):
    def test_one_client_with_one_batch_is_gradient_descent(self):
        """Twenty rounds: the same bytes, of models that are averaged and of one gradient a round."""
        plain = run("--entry=plain", "--args=" + json.dumps({"m": START, "batches": 20 * FULL}))
        for process in ("averaging", "gradients"):
            with tempfile.TemporaryDirectory() as folder:
                run("--process=" + process, "--rounds=20", "--clients=1", "--args=" + json.dumps({"start": START}),
                    "--data=" + json.dumps({"data": [FULL]}), f"--state-out={folder}/state.npz")
                with zipfile.ZipFile(f"{folder}/state.npz") as arrays:
                    ours = {name: arrays.read(name)[-n:] for name, n in (("w.npy", 8), ("b.npy", 4))}
            # Floats are printed so that they can be read again.
            wanted = json.loads(plain)
            self.assertEqual(ours["w.npy"], struct.pack("<2f", *wanted["w"]))
            self.assertEqual(ours["b.npy"], struct.pack("<f", wanted["b"]))
            self.assertLess(loss(vector(wanted), FULL[0]), 0.5 * loss(vector(START), FULL[0]))

    def test_evaluation(self):
        with tempfile.TemporaryDirectory() as folder:
            run("--process=averaging", "--rounds=1", "--clients=3", "--args=" + json.dumps({"start": START}),
                "--data=" + json.dumps({"data": [FULL, [], []]}), "--eval-data=" + json.dumps({"data": DATA}),
                f"--metrics={folder}/metrics.csv")
            with open(f"{folder}/metrics.csv", encoding="utf-8") as f:
                metrics = dict(zip(*[line.strip().split(",") for line in f]))
        m = minus(vector(START), gradient(vector(START), FULL[0]), 0.1)
        batches = [batch for client in DATA for batch in client]
        wanted = sum(loss(m, b) * len(b["y"]) for b in batches) / 4
        positive = sum(d + y > 0 for b in batches for d, y in zip(errors(m, b), b["y"])) / 4
        self.assertAlmostEqual(float(metrics["eval.loss"]), wanted, places=4)
        self.assertEqual(float(metrics["eval.positive"]), positive)
        self.assertEqual(metrics["examples"], "3")


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
