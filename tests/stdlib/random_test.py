"""Random numbers: published values, a reference, and how they are distributed.

usage: random_test.py FED_RUN PROGRAM
"""
import json
import math
import statistics
import subprocess
import sys
import unittest

WORD = 0xffffffff


def run(entry, arguments, *flags):
    done = subprocess.run([FED_RUN, PROGRAM, "--entry=" + entry, "--args=" + json.dumps(arguments), *flags],
                          capture_output=True, text=True, timeout=120, check=True)
    return json.loads(done.stdout)


def threefry(key, counter):
    """Threefry-2x32, 20 rounds, from the paper."""
    k = [key >> 32, key & WORD]
    k.append(k[0] ^ k[1] ^ 0x1bd11bda)
    x = [(counter >> 32) + k[0] & WORD, (counter & WORD) + k[1] & WORD]
    for i in range(20):
        x[0] = x[0] + x[1] & WORD
        r = [13, 15, 26, 6, 17, 29, 16, 24][i % 8]
        x[1] = (x[1] << r | x[1] >> 32 - r) & WORD ^ x[0]
        if i % 4 == 3:
            s = i // 4 + 1
            x = [x[0] + k[s % 3] & WORD, x[1] + k[(s + 1) % 3] + s & WORD]
    return x[0] << 32 | x[1]


class Random(unittest.TestCase):
    def words(self, key, counters):
        result = run("words", {"key": key, "counters": (counters + [0] * 16)[:16]})
        self.assertEqual(result["words"], result["keys"])
        return result["words"]

    def test_known_answers(self):
        """Random123, tests/kat_vectors: threefry2x32, 20 rounds."""
        self.assertEqual(self.words(0, [0])[0], 0x6b20015999ba4efe)
        self.assertEqual(self.words(2**64 - 1, [2**64 - 1])[0], 0x1cb996fcbb002be7)
        self.assertEqual(self.words(0x13198a2e03707344, [0x243f6a8885a308d3])[0], 0xc4923a9c483df7a0)

    def test_words(self):
        for i in range(4):
            key = threefry(1, i)
            counters = [threefry(2 + i, n) >> n for n in range(16)]
            self.assertEqual(self.words(key, counters), [threefry(key, n) for n in counters])

    def test_jax(self):
        """What jax.random gives for jax.random.key(0), with jax_threefry_partitionable."""
        got = run("draws", {"key": 0, "logits": [0, 0, 0, 0]})
        self.assertEqual(got["bits"][:3], [4070199207, 4202968722, 1427181096])
        self.assertEqual(got["split"], [threefry(0, i) for i in range(3)])
        self.assertEqual(got["folded"], threefry(0, 7))
        self.assertEqual(got["second"], got["split"][1])
        self.assertAlmostEqual(got["uniform"][0], 0.947667, places=6)
        self.assertAlmostEqual(got["one"], 1.6226422, places=6)

    def test_draws(self):
        for key in (0, 5, 2**64 - 1):
            got = run("draws", {"key": key, "logits": [0, 100, 0, 0]})
            bits = [(w >> 32) ^ (w & WORD) for w in (threefry(key, i) for i in range(10))]
            fractions = [(b >> 9) / 2**23 for b in bits]
            self.assertEqual(got["bits"], bits[:4])
            for a, b in zip(got["uniform"] + got["uniform64"], fractions[:4] + fractions[:2]):
                self.assertAlmostEqual(a, b, delta=1e-7 * b)
            normal = [statistics.NormalDist().inv_cdf(u + 2**-25) for u in fractions]
            flat = got["normal"][0] + got["normal"][1]
            for a, b in zip(flat, normal):
                self.assertAlmostEqual(a, b, delta=2e-6 * max(1, abs(b)))
            self.assertEqual(got["model"]["w"], got["normal"])
            self.assertEqual(got["one"], flat[0])
            self.assertEqual(got["coins"], [u < 0.5 for u in fractions[:6]])
            self.assertEqual(sorted(got["order"]), list(range(10)))
            self.assertEqual(got["order"], sorted(range(10), key=lambda i: threefry(key, i)))
            self.assertEqual((got["kind"], got["kinds"]), (1, [1] * 5))

    def test_statistics(self):
        for key in (1, 2):
            got = run("statistics", {"key": key})
            n = 100000
            # Five standard deviations of each estimate.
            for value, mean, variance in zip(got["normal"], (0, 1, 0, 3), (1, 2, 15, 96)):
                self.assertAlmostEqual(value, mean, delta=5 * math.sqrt(variance / n))
            for value, mean, variance in zip(got["uniform"], (1 / 2, 1 / 3), (1 / 12, 4 / 45)):
                self.assertAlmostEqual(value, mean, delta=5 * math.sqrt(variance / n))
            self.assertTrue(0 <= got["least"] < 1e-3 and 0.999 < got["most"] < 1, got)
            self.assertTrue(3.8 < got["far"] < 5.43, got)
            self.assertAlmostEqual(got["heads"], n / 4, delta=5 * math.sqrt(n * 3 / 16))
            for count, p in zip(got["kinds"], (0.1, 0.2, 0.3, 0.4)):
                self.assertAlmostEqual(count, 10000 * p, delta=5 * math.sqrt(10000 * p * (1 - p)))
            for count in got["first"]:
                self.assertAlmostEqual(count, 1000, delta=5 * math.sqrt(1000 * 5 / 6))

    def test_private_keys(self):
        got = run("phases", {}, "--clients=5", "--seed=3")
        self.assertEqual(got["first"], got["second"])
        self.assertAlmostEqual(sum(got["mine"]), got["second"], places=5)
        self.assertEqual(len(set(got["mine"])), 5)
        self.assertEqual(run("phases", {}, "--clients=5", "--seed=3", "--threads=1"), got)
        other = run("phases", {}, "--clients=5", "--seed=4")
        self.assertFalse(set(other["mine"]) & set(got["mine"]))
        self.assertNotEqual(other["server"], got["server"])


if __name__ == "__main__":
    FED_RUN, PROGRAM = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
