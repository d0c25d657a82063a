"""Flower: its simulation engine, a client app in NumPy, one core for all clients.    FOLDER ROUNDS"""
import logging
import sys
import time

import numpy
from flwr.client import ClientApp, NumPyClient
from flwr.common import ndarrays_to_parameters, parameters_to_ndarrays
from flwr.server import ServerApp, ServerAppComponents, ServerConfig
from flwr.server.strategy import FedAvg
from flwr.simulation import run_simulation

import digits

FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2])
DATA = None


def train(weights, bias, images, labels):
    for at in range(0, len(labels), digits.BATCH):
        x, y = images[at:at + digits.BATCH], labels[at:at + digits.BATCH]
        logits = x @ weights + bias
        error = numpy.exp(logits - logits.max(1, keepdims=True))
        error /= error.sum(1, keepdims=True)
        error[numpy.arange(len(y)), y] -= 1
        error /= len(y)
        weights = weights - digits.RATE * (x.T @ error)
        bias = bias - digits.RATE * error.sum(0)
    return weights, bias


class Client(NumPyClient):
    def __init__(self, data):
        self.data = data

    def fit(self, parameters, config):
        return list(train(*parameters, *self.data)), len(self.data[1]), {}


def client_fn(context):
    global DATA
    if DATA is None:
        DATA = digits.clients(FOLDER)
    return Client(DATA[int(context.node_config["partition-id"])]).to_client()


class Timed(FedAvg):
    """Federated averaging that notes when rounds begin and what the last one gave."""
    started, last = None, None

    def configure_fit(self, server_round, parameters, client_manager):
        if server_round == 2:  # the first one starts the engine
            Timed.started = time.perf_counter()
        return super().configure_fit(server_round, parameters, client_manager)

    def aggregate_fit(self, server_round, results, failures):
        assert not failures, failures[0]
        parameters, metrics = super().aggregate_fit(server_round, results, failures)
        Timed.last = parameters
        Timed.ended = time.perf_counter()
        return parameters, metrics


def server_fn(context):
    start = ndarrays_to_parameters(
        [numpy.zeros((784, 10), numpy.float32), numpy.zeros(10, numpy.float32)])
    strategy = Timed(fraction_fit=digits.COHORT / digits.CLIENTS, fraction_evaluate=0,
                     min_fit_clients=digits.COHORT, initial_parameters=start)
    return ServerAppComponents(strategy=strategy, config=ServerConfig(num_rounds=ROUNDS + 1))


logging.getLogger("flwr").setLevel(logging.ERROR)
run_simulation(ServerApp(server_fn=server_fn), ClientApp(client_fn=client_fn), digits.CLIENTS,
               backend_config={"client_resources": {"num_cpus": 1},
                               "init_args": {"num_cpus": 1, "include_dashboard": False}})
digits.report(Timed.ended - Timed.started, ROUNDS, FOLDER, *parameters_to_ndarrays(Timed.last))
