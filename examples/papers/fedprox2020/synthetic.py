"""The synthetic data of T. Li et al., "Federated optimization in heterogeneous networks", MLSys 2020, section 5.1.

Synthetic(alpha, beta), where these are standard deviations: user k has int(LogNormal(4, 2)) + 50 examples x of N(v, S) with
the label argmax(softmax(W x + b)). S is diagonal, its entry j, from 1, is j^-1.2; every number of v is of N(B, 1) with one B of
N(0, beta), and every number of W and b of N(u, 1) with one u of N(0, alpha). Of independent and identically distributed data
W and b are the same for all, of N(0, 1), and v is 0. The first nine tenths of a user's examples are for training.
"""
import random

USERS, FEATURES, CLASSES = 30, 60, 10
DEVIATIONS = [j ** -0.6 for j in range(1, FEATURES + 1)]


def generate(alpha, beta, iid, seed):
    """Returns the users' training examples and their test examples, lists of {"x": [...], "y": n} each."""
    draw = random.Random(f"synthetic {alpha} {beta} {iid} {seed}")

    def classes(mean):
        """W, a row a class, and b."""
        return ([[draw.gauss(mean, 1) for _ in range(FEATURES)] for _ in range(CLASSES)],
                [draw.gauss(mean, 1) for _ in range(CLASSES)])

    everybodys = classes(0) if iid else None
    train, held = [], []
    for _ in range(USERS):
        count = int(draw.lognormvariate(4, 2)) + 50
        weights, bias = everybodys or classes(draw.gauss(0, alpha))
        center = draw.gauss(0, beta)
        means = [0.0] * FEATURES if iid else [draw.gauss(center, 1) for _ in range(FEATURES)]
        examples = []
        for _ in range(count):
            x = [draw.gauss(m, s) for m, s in zip(means, DEVIATIONS)]
            scores = [sum(map(float.__mul__, row, x)) + b for row, b in zip(weights, bias)]
            # Eight digits are what a float32 holds.
            examples.append({"x": [float(f"{v:.8g}") for v in x], "y": scores.index(max(scores))})
        cut = int(0.9 * count)
        train.append(examples[:cut])
        held.append(examples[cut:])
    return train, held
