"""Layers and losses: values, and gradients against differences, in float64.

usage: layers_test.py FED_RUN PROGRAM PROGRAM_WITH_GRADIENTS
"""
import json
import math
import random
import subprocess
import sys
import tempfile
import unittest


def run(entry, arguments, program=None):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(arguments, f)
        f.flush()
        done = subprocess.run([FED_RUN, program or PROGRAM, "--entry=" + entry, "--args=@" + f.name],
                              capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def flat(x):
    return [z for y in x for z in flat(y)] if isinstance(x, list) else [x]


def matmul(x, w):
    return [[sum(a * b for a, b in zip(row, column)) for column in zip(*w)] for row in x]


def each(f, *matrices):
    return [[f(*numbers) for numbers in zip(*rows)] for rows in zip(*matrices)]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def gate(g, x, h):
    bias = [g["bias"]] * len(x)
    return each(lambda a, b, c: a + b + c, matmul(x, g["input"]), matmul(h, g["state"]), bias)


class Layers(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(1)

    def numbers(self, *shape):
        if not shape:
            return self.random.uniform(-1.5, 1.5)
        return [self.numbers(*shape[1:]) for _ in range(shape[0])]

    def same(self, found, wanted):
        for a, b in zip(flat(found), flat(wanted), strict=True):
            self.assertAlmostEqual(a, b, delta=1e-12)

    def test_gradients(self):
        found = run("differences", {"key": 1}, GRADIENTS)
        self.assertEqual(len(found), 21)
        for name, difference in found.items():
            self.assertLess(difference, 1e-8, name)

    def test_cells(self):
        def gates(*names):
            return {name: {"input": self.numbers(3, 2), "state": self.numbers(2, 2), "bias": self.numbers(2)}
                    for name in names}
        lstm, gru = gates("input", "forget", "output", "cell"), gates("reset", "update", "new")
        h, c, x = self.numbers(4, 2), self.numbers(4, 2), self.numbers(4, 3)
        found = run("cells", {"lstm": lstm, "gru": gru, "h": h, "c": c, "x": x})
        i, f, o = (each(sigmoid, gate(lstm[name], x, h)) for name in ("input", "forget", "output"))
        cell = each(lambda f, c, i, z: f * c + i * math.tanh(z), f, c, i, gate(lstm["cell"], x, h))
        self.same(found["lstm"]["c"], cell)
        self.same(found["lstm"]["h"], each(lambda o, c: o * math.tanh(c), o, cell))
        reset, update = (each(sigmoid, gate(gru[name], x, h)) for name in ("reset", "update"))
        new = gate(gru["new"], x, each(lambda r, h: r * h, reset, h))
        wanted = each(lambda u, h, z: u * h + (1 - u) * math.tanh(z), update, h, new)
        self.same(found["gru"], wanted)
        self.same(found["vector"], wanted[0])

    def test_values(self):
        x, y = self.numbers(5, 3), self.numbers(5, 3)
        norm = {"scale": self.numbers(3), "offset": self.numbers(3)}
        dense = {"weights": self.numbers(3, 2), "bias": self.numbers(2)}
        ids = [[2, 0], [1, 2]]
        found = run("values", {"layer": norm, "dense": dense, "x": x, "y": y, "ids": ids})
        self.same(found["dense"], [[a + b for a, b in zip(row, dense["bias"])] for row in matmul(x, dense["weights"])])
        self.same(found["embedding"], [[dense["weights"][i] for i in row] for row in ids])
        for row, of_norm, of_softmax, targets in zip(x, found["norm"], found["softmax"], y):
            mean = sum(row) / 3
            variance = sum((v - mean) ** 2 for v in row) / 3
            self.same(of_norm, [(v - mean) / math.sqrt(variance + 0.001) * s + o
                                for v, s, o in zip(row, norm["scale"], norm["offset"])])
            total = sum(math.exp(v) for v in row)
            self.assertAlmostEqual(of_softmax, -sum(t * math.log(math.exp(v) / total) for t, v in zip(targets, row)))
        self.same(found["huber"], each(lambda a, b: (a - b) ** 2 / 2 if abs(a - b) < 1 else abs(a - b) - 0.5, x, y))

    def test_convolution(self):
        layer = {"weights": self.numbers(3, 2, 2, 3), "bias": self.numbers(3)}
        images = self.numbers(2, 4, 3, 2)
        found = run("convolved", {"layer": layer, "x": images})
        for name, padding in (("apart", 0), ("padded", 1)):
            def element(image, y, x, channel):
                return layer["bias"][channel] + sum(
                    image[y + i - padding][x + j - padding][c] * layer["weights"][i][j][c][channel]
                    for i in range(3) for j in range(2) for c in range(2)
                    if 0 <= y + i - padding < 4 and 0 <= x + j - padding < 3)
            self.same(found[name], [[[[element(image, y, x, c) for c in range(3)] for x in range(2 + 2 * padding)]
                                     for y in range(2 + 2 * padding)] for image in images])

    def test_strided_convolution(self):
        """What the layer of stride 1 has at every s-th place."""
        layer = {"weights": self.numbers(3, 2, 2, 3), "bias": self.numbers(3)}
        each = {"weights": self.numbers(3, 2, 1, 2), "bias": self.numbers(2)}
        images = self.numbers(2, 7, 5, 2)
        found = run("strided", {"layer": layer, "each": each, "x": images})

        def at(image, y, x, c):
            return image[y][x][c] if 0 <= y < 7 and 0 <= x < 5 else 0.0

        def whole(image, y, x, channel):
            return layer["bias"][channel] + sum(at(image, y + i, x + j, c) * layer["weights"][i][j][c][channel]
                                                for i in range(3) for j in range(2) for c in range(2))

        def own(image, y, x, channel):
            return each["bias"][channel] + sum(at(image, y + i, x + j, channel) * each["weights"][i][j][0][channel]
                                               for i in range(3) for j in range(2))
        for name, element, stride, padding, channels in (("apart", whole, 2, 0, 3), ("padded", whole, 3, 1, 3),
                                                         ("each", own, 2, 1, 2)):
            height, width = (7 + 2 * padding - 3) // stride + 1, (5 + 2 * padding - 2) // stride + 1
            self.same(found[name], [[[[element(image, y * stride - padding, x * stride - padding, c)
                                       for c in range(channels)] for x in range(width)] for y in range(height)]
                                    for image in images])

    def test_by_channels(self):
        images = self.numbers(2, 4, 3, 6)
        norm = {"scale": self.numbers(6), "offset": self.numbers(6)}
        window = {"weights": self.numbers(3, 2, 1, 6), "bias": self.numbers(6)}
        found = run("by_channels", {"norm": norm, "window": window, "x": images})
        for image, of_norm, apart, padded, largest, mean in zip(images, *found.values()):
            def at(y, x, c):
                return image[y][x][c] if 0 <= y < 4 and 0 <= x < 3 else None

            def box(y, x, c, height=2, width=2):
                return [at(y + i, x + j, c) for i in range(height) for j in range(width)]
            for c in range(6):
                group = [v for k in (c // 2 * 2, c // 2 * 2 + 1) for v in box(0, 0, k, 4, 3)]
                middle = sum(group) / 24
                variance = sum((v - middle) ** 2 for v in group) / 24
                self.same([[of_norm[y][x][c] for x in range(3)] for y in range(4)],
                          [[(at(y, x, c) - middle) / math.sqrt(variance + 0.001) * norm["scale"][c] + norm["offset"][c]
                            for x in range(3)] for y in range(4)])
                filter_ = flat([[window["weights"][i][j][0][c] for j in range(2)] for i in range(3)])
                for result, pad in ((apart, 0), (padded, 1)):
                    self.same([[row[c] for row in rows] for rows in result],
                              [[window["bias"][c] + sum(w * (v or 0) for w, v in zip(filter_, box(y - pad, x - pad, c, 3)))
                                for x in range(2 + 2 * pad)] for y in range(2 + 2 * pad)])
                self.same([rows[0][c] for rows in largest], [max(box(y, 0, c)) for y in range(3)])
                for y in range(2):
                    for x in range(2):
                        there = [v for v in box(2 * y, 2 * x, c) if v is not None]
                        self.same([mean[y][x][c]], [sum(there) / len(there)])

    def test_losses(self):
        p = [[math.log(0.25), math.log(0.75), "-Infinity"], [-1.0, -2.0, -3.0], [-1.0, -2.0, -3.0]]
        scores, targets = [0.5, -3.0, 2.0, 0.25], [1.0, -1.0, -1.0, -1.0]
        found = run("losses", {"p": p, "labels": [1, 2, 1], "scores": scores, "targets": targets})
        self.same(found["likelihood"], [-math.log(0.75), 3.0, 2.0])
        self.same(found["hinge"], [0.5, 0.0, 3.0, 1.25])
        found = run("losses", {"p": p, "labels": [2, 3, -1], "scores": scores, "targets": targets})
        self.assertEqual(found["likelihood"], ["Infinity", "NaN", "NaN"])

    def test_orthogonal(self):
        found = run("orthogonal", {"key": 7})
        for name, x in found.items():
            rows = list(zip(*x)) if name == "tall" else x
            for i, a in enumerate(rows):
                self.same([sum(u * v for u, v in zip(a, b)) for b in rows], [float(i == k) for k in range(len(rows))])

    def test_dropout(self):
        x = [[1.0] * 5 for _ in range(2000)]
        found = run("dropped", {"x": x, "key": 4})
        self.assertEqual(found["batch"], found["again"])
        self.assertNotEqual(found["batch"], found["other"])
        self.assertEqual(flat(found["like"])[:4], found["uniform"])
        self.assertEqual([v > 0 for v in flat(found["batch"])], [u >= 0.25 for u in flat(found["like"])])
        for value, rate, numbers in ((4 / 3, 0.25, flat(found["batch"])), (2, 0.5, flat(found["cube"]))):
            kept = [v for v in numbers if v]
            self.assertTrue(all(abs(v - value) < 1e-6 for v in kept))
            # Five standard deviations.
            n = len(numbers)
            self.assertAlmostEqual(len(kept), n * (1 - rate), delta=5 * math.sqrt(n * rate * (1 - rate)))
        # No row and no plane is another one again.
        self.assertEqual(len({tuple(row) for row in found["like"]}), 2000)
        self.assertEqual(len({tuple(flat(plane)) for plane in found["cube"]}), 10)

    def test_initial(self):
        found = run("initial", {"key": 5})
        for name, n, variance in (("glorot_uniform", 20000, 2 / 300), ("glorot_normal", 20000, 2 / 300),
                                  ("he_uniform", 20000, 2 / 200), ("he_normal", 20000, 2 / 200),
                                  ("window", 20000, 2 / (25 * 108)), ("depthwise", 20000, 2 / 20)):
            mean, square, least, most = found[name]
            self.assertAlmostEqual(mean, 0, delta=5 * math.sqrt(variance / n))
            self.assertAlmostEqual(square / variance, 1, delta=5 * math.sqrt(2 / n))
            if not name.endswith("normal"):
                bound = math.sqrt(3 * variance)
                self.assertTrue(-bound <= least < -0.999 * bound and 0.999 * bound < most <= bound, found[name])
        self.assertEqual(found["forget"], [1, 1])
        self.assertEqual(found["norm"], {"scale": [1, 1], "offset": [0, 0]})


if __name__ == "__main__":
    FED_RUN, PROGRAM, GRADIENTS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
