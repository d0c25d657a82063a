"""Next characters: a small model over those who say most learns, by gradients through 80 steps.

usage: char_lstm_test.py FED_RUN FOLDER
"""
import csv
import json
import math
import pathlib
import subprocess
import sys
import tempfile
import unittest


class CharLstm(unittest.TestCase):
    def test_learns(self):
        with tempfile.TemporaryDirectory() as folder:
            subprocess.run([sys.executable, FOLDER / "make_data.py", folder, "--least=10000"], check=True)
            data = json.loads(pathlib.Path(folder, "train.json").read_text())["data"]
            self.assertEqual(len(data), 4)  # Brutus, Cassius, Antony and Prospero
            characters = sum(n > 0 for client in data for batch in client for piece in batch for n in piece[1:])
            subprocess.run([FED_RUN, FOLDER / "char_lstm.fed", "-D", "HIDDEN=16", "--rounds=5", f"--data=@{folder}/train.json",
                            f"--eval-data=@{folder}/test.json", f"--metrics={folder}/rounds.csv"], check=True, timeout=250)
            with open(f"{folder}/rounds.csv", encoding="utf-8") as f:
                rounds = list(csv.DictReader(f))
        self.assertTrue(all(int(r["examples"]) == characters for r in rounds))
        losses = [float(r["loss"]) for r in rounds]
        self.assertLess(losses[0], math.log(64))
        self.assertTrue(all(b < a for a, b in zip(losses, losses[1:])), losses)
        # Every character as often as it is in the text is about 3.1; the model knows more, what it has not seen among it.
        held = [float(r["eval.loss"]) for r in rounds]
        self.assertLess(held[-1], held[0] - 0.05, held)


if __name__ == "__main__":
    FED_RUN, FOLDER = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
