"""Recurrent networks over batches the last of which is smaller.

usage: recurrent_test.py FED_RUN
"""
import json
import math
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

PROGRAM = """
import "std/federated" as federated;
import "std/nn" as nn;
import "std/optimizers" as optimizers;
import "std/random" as random;

type Cell = CELL;
type Model = <cell=Cell, out=nn.Dense<float32,16,2>>;
type Example = <x=float32[12,3], label=int32>;
type Batch = <x=float32[SIZE,12,3], label=int32[SIZE]>;

fn initial(key: Key) -> Model {
  let keys = random.split<2>(key);
  (cell=INITIAL<float32,3,16>(take(keys, 0)), out=nn.initial_dense<float32,16,2>(take(keys, 1)))
}

fn logits(m: Model, batch: Batch) -> float32[SIZE,2] {
  let none = repeat_rows(zeros<float32[16]>(), batch.label);
  let read = fold(12, START, fn(i, s) { let x = take(batch.x, i, axis=1); STEP });
  nn.dense(m.out, READ)
}

fn loss(m: Model, batch: Batch) -> float32 {
  reduce_mean(nn.sparse_softmax_cross_entropy(logits(m, batch), batch.label))
}

fn examples(batch: Batch) -> int64 { dim(batch.label, 0) }

process training {
  initialize(key: Key@SERVER) -> Model@SERVER { federated_map(initial, key) }

  next(model: Model@SERVER, data: {Example*}@CLIENTS) -> federated.Round<Model,float32> {
    let batches = federated_map(fn(d) { sequence_batch(d, MOST) }, data);
    federated.fedavg(model, batches, loss, optimizers.sgd(0.5), count=examples)
  }
}
"""
CELLS = {
    "gru": {"CELL": "nn.Gru<float32,3,16>", "INITIAL": "nn.initial_gru", "START": "none", "STEP": "nn.gru_cell(m.cell, s, x)", "READ": "read"},
    "lstm": {"CELL": "nn.Lstm<float32,3,16>", "INITIAL": "nn.initial_lstm", "START": "(h=none, c=none)",
             "STEP": "nn.lstm_cell(m.cell, s, x)", "READ": "read.h"},
}
# Many steps, so that states are kept before segments of them alone where there is room for 64 rows, and of all steps where there are 3.
LONG = """
fn read(w: float32[64,64], x: float32[SIZE,64]) -> float32 {
  let last = fold(2100, x, fn(_, h) { tanh(matmul(h, w) + x) });
  reduce_sum(last * last)
}
export fn f(w: float32[64,64], x: float32[SIZE,64]) -> <value=float32, gradient=float32[64,64]> { value_and_grad(read)(w, x) }
"""


def program(cell, size, most):
    text = PROGRAM
    for name, part in {**CELLS[cell], "SIZE": size, "MOST": str(most)}.items():
        text = re.sub(rf"\b{name}\b", part, text)
    if not size.startswith("?"):  # of known size
        text = text.replace(f"sequence_batch(d, {most})", f"sequence_batch(d, {most}, drop_remainder=true)")
    return text


def data(draw, count):
    """Which half is louder: the first, or the second?"""
    examples = []
    for _ in range(count):
        label = draw.randrange(2)
        loud = [2.0 if (i < 6) == (label == 0) else 0.5 for i in range(12)]
        examples.append({"x": [[v * draw.uniform(-1, 1) for _ in range(3)] for v in loud], "label": label})
    return examples


class Recurrent(unittest.TestCase):
    def run_it(self, text, *flags, name="p"):
        path = pathlib.Path(self.folder.name, name + ".fed")
        path.write_text(text)
        done = subprocess.run([FED_RUN, path, *flags], capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, clients):
        path = pathlib.Path(self.folder.name, name)
        path.write_text(json.dumps({"data": clients}))
        return f"--data=@{path}"

    def test_a_batch_of_any_size_is_as_one_of_that_size(self):
        """One, some and all of those for which there is room: the same bytes as where the size is known."""
        draw = random.Random(5)
        for cell in CELLS:
            for count in (1, 5, 8):
                given = self.file("few.json", [data(draw, count)])
                states = []
                for size, most in (("?<=8", 8), (str(count), count)):
                    state = pathlib.Path(self.folder.name, "state.npz")
                    self.run_it(program(cell, size, most), "--rounds=2", given, f"--state-out={state}")
                    states.append(state.read_bytes())
                self.assertEqual(states[0], states[1], f"{cell} {count}")

    def test_they_learn(self):
        """From clients of which none has as many examples as are whole batches, and one less than a batch."""
        draw = random.Random(6)
        counts = [19, 5, 27, 13]
        given = self.file("train.json", [data(draw, count) for count in counts])
        for cell in CELLS:
            shown = self.run_it(program(cell, "?<=8", 8), "--rounds=40", given)
            losses = [float(x) for x in re.findall(r"loss=(\S+)", shown)]
            self.assertEqual(set(re.findall(r"examples=(\d+)", shown)), {str(sum(counts))})
            self.assertEqual(len(losses), 40)
            self.assertLess(losses[-1], 0.5 * losses[0], cell)

    def test_segments_are_of_any_size_as_well(self):
        draw = random.Random(7)
        w = [[draw.uniform(-0.1, 0.1) for _ in range(64)] for _ in range(64)]
        for count in (0, 3):
            x = [[draw.uniform(-1, 1) for _ in range(64)] for _ in range(count)]
            path = pathlib.Path(self.folder.name, "args.json")
            path.write_text(json.dumps({"w": w, "x": x}))
            of = {size: self.run_it(LONG.replace("SIZE", size), f"--args=@{path}") for size in ("?<=64", str(count))}
            self.assertEqual(of["?<=64"], of[str(count)])
            self.assertTrue(math.isfinite(json.loads(of["?<=64"])["value"]))


if __name__ == "__main__":
    FED_RUN = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
