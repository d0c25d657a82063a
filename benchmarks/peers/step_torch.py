"""PyTorch: steps in eager mode with its optimizer, and compiled by torch.compile where that works."""
import sys

import torch
from torch import nn

import worker

torch.set_num_threads(1)


def dense(shape, values):
    layer = nn.Linear(*shape)
    with torch.no_grad():
        layer.weight.copy_(torch.from_numpy(values[0].T))
        layer.bias.copy_(torch.from_numpy(values[1]))
    return layer


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        size = worker.LSTM
        self.lstm = nn.LSTM(size["inputs"], size["hidden"])
        self.out = nn.Linear(size["hidden"], size["classes"])

    def forward(self, x):
        return self.out(self.lstm(x)[0][-1])


def network(model):
    if model == "LSTM":
        return Recurrent()
    if model == "CNN":
        shapes = worker.CNN
        values = worker.weights(shapes)
        convolutions = [nn.Conv2d(s[2], s[3], 5, padding=2) for s in shapes[:2]]
        return nn.Sequential(
            nn.Unflatten(1, (1, 28, 28)), convolutions[0], nn.ReLU(), nn.MaxPool2d(2), convolutions[1],
            nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), dense(shapes[2], values[2]), nn.ReLU(),
            dense(shapes[3], values[3]))
    shapes = worker.DENSE[model]
    layers = []
    for shape, values in zip(shapes, worker.weights(shapes)):
        layers += [dense(shape, values), nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def prepare(model, batch):
    inputs, labels = worker.data(model, batch)
    inputs = torch.from_numpy(inputs)
    labels = torch.from_numpy(labels).long()
    net = network(model)
    optimizer = torch.optim.SGD(net.parameters(), lr=worker.RATE)
    loss = nn.CrossEntropyLoss()

    def value(x, y):
        return loss(net(x), y)

    def epoch(function):
        def run():
            for x, y in zip(inputs, labels):
                optimizer.zero_grad()
                function(x, y).backward()
                optimizer.step()
        return run

    ways = [epoch(value)]
    try:
        compiled = epoch(torch.compile(value))
        compiled()
        ways.append(compiled)
    except Exception as error:  # whatever it needs and does not find
        print("torch.compile:", str(error).splitlines()[0], file=sys.stderr)
    return ways


worker.serve(prepare)
