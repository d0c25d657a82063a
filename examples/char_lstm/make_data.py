#!/usr/bin/env python3
"""Writes what the clients hold: make_data.py FOLDER [--batch=B] [--least=N]

FOLDER/train.json and FOLDER/test.json are SPECs for fed-run, {"data": [...]} and {"held": [...]} with a
client for each speaker of plays.txt who says at least N characters: the first four fifths of what they say,
and the rest, as B. McMahan et al. (AISTATS 2017) divide it. Both are cut into pieces of 80 characters and
the one that follows, of which B are a batch, the last one fewer; the last piece is filled up with 0.
"""
import json
import pathlib
import sys

STEPS = 80
# 0 is no character. The order is that of the numbers from 1.
CHARACTERS = "\n !&',-.:;?" + "".join(map(chr, range(65, 91))) + "".join(map(chr, range(97, 123)))


def speeches(path):
    """What each speaker says: {(play, name): text}, in the order in which they first speak."""
    said, play = {}, ""
    for block in path.read_text().split("\n\n"):
        name, _, text = block.strip().partition("\n")
        if name.startswith("== "):
            play = name[3:]
        else:
            said[play, name] = said.get((play, name), "") + text + "\n"
    return said


def batches(text, size):
    """Batches of pieces of STEPS + 1 numbers; a piece begins with the last character of the one before."""
    numbers = [CHARACTERS.index(c) + 1 for c in text]
    pieces = [numbers[i:i + STEPS + 1] for i in range(0, len(numbers) - 1, STEPS)]
    pieces = [piece + [0] * (STEPS + 1 - len(piece)) for piece in pieces]
    return [pieces[i:i + size] for i in range(0, len(pieces), size)]


def main():
    options = dict(word[2:].split("=") for word in sys.argv[1:] if word.startswith("--"))
    folders = [word for word in sys.argv[1:] if not word.startswith("--")]
    if len(folders) != 1 or set(options) - {"batch", "least"}:
        sys.exit(__doc__)
    size, least = int(options.get("batch", 4)), int(options.get("least", 800))
    folder = pathlib.Path(folders[0])
    folder.mkdir(parents=True, exist_ok=True)
    said = speeches(pathlib.Path(__file__).with_name("plays.txt"))
    texts = [text for text in said.values() if len(text) >= least]
    for name, field, parts in (("train", "data", [t[:len(t) * 4 // 5] for t in texts]),
                               ("test", "held", [t[len(t) * 4 // 5:] for t in texts])):
        clients = [batches(part, size) for part in parts]
        with open(folder / f"{name}.json", "w", encoding="ascii") as f:
            json.dump({field: clients}, f, separators=(",", ":"))
        print(f"{name}: {len(clients)} clients, {sum(map(len, clients))} batches, {sum(map(len, parts))} characters")


if __name__ == "__main__":
    main()
