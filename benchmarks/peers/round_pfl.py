"""pfl-research: its federated averaging over PyTorch.    FOLDER ROUNDS"""
import sys
import time

import numpy
import torch
from pfl.aggregate.simulate import SimulatedBackend
from pfl.algorithm.federated_averaging import FederatedAveraging
from pfl.algorithm.base import NNAlgorithmParams
from pfl.callback.base import TrainingProcessCallback
from pfl.data.dataset import Dataset
from pfl.data.federated_dataset import FederatedDataset
from pfl.data.sampling import get_user_sampler
from pfl.hyperparam.base import NNTrainHyperParams
from pfl.metrics import Weighted
from pfl.model.pytorch import PyTorchModel

import digits

FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2])
torch.set_num_threads(1)


class Softmax(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(784, 10)
        torch.nn.init.zeros_(self.layer.weight)
        torch.nn.init.zeros_(self.layer.bias)

    def loss(self, x, y, eval=False):
        return torch.nn.functional.cross_entropy(self.layer(x), y)

    def metrics(self, x, y, eval=False):
        return {"loss": Weighted(self.loss(x, y).item() * len(y), len(y))}


data = [(torch.from_numpy(x), torch.from_numpy(y).long()) for x, y in digits.clients(FOLDER)]
users = FederatedDataset(lambda user: Dataset(raw_data=data[user], user_id=user),
                         get_user_sampler("random", list(range(digits.CLIENTS))))
net = Softmax()
model = PyTorchModel(net, lambda parameters, lr: torch.optim.SGD(parameters, lr=lr),
                     torch.optim.SGD(net.parameters(), lr=1.0))


class Clock(TrainingProcessCallback):
    started = None

    def after_central_iteration(self, aggregate_metrics, model, *, central_iteration):
        if central_iteration == 0:  # the first one warms up
            Clock.started = time.perf_counter()
        Clock.ended = time.perf_counter()
        return False, type(aggregate_metrics)()


FederatedAveraging().run(
    algorithm_params=NNAlgorithmParams(
        central_num_iterations=ROUNDS + 1, evaluation_frequency=ROUNDS + 2,
        train_cohort_size=digits.COHORT, val_cohort_size=0),
    backend=SimulatedBackend(training_data=users, val_data=users),
    model=model,
    model_train_params=NNTrainHyperParams(
        local_num_epochs=1, local_learning_rate=digits.RATE, local_batch_size=digits.BATCH),
    callbacks=[Clock()])
digits.report(Clock.ended - Clock.started, ROUNDS, FOLDER,
              net.layer.weight.detach().numpy().T, net.layer.bias.detach().numpy())
