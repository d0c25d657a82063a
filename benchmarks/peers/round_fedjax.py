"""FedJAX: its federated averaging, the clients' steps jitted.    FOLDER ROUNDS"""
import sys
import time

import fedjax
import jax
from jax import numpy as jnp
from fedjax.algorithms import fed_avg

import digits

FOLDER, ROUNDS = sys.argv[1], int(sys.argv[2])

data = fedjax.InMemoryFederatedData(
    {b"%d" % i: {"x": x, "y": y} for i, (x, y) in enumerate(digits.clients(FOLDER))})
model = fedjax.Model(
    init=lambda rng: {"w": jnp.zeros((784, 10)), "b": jnp.zeros(10)},
    apply_for_train=lambda p, batch, rng: batch["x"] @ p["w"] + p["b"],
    apply_for_eval=lambda p, batch: batch["x"] @ p["w"] + p["b"],
    train_loss=lambda batch, out: -jnp.take_along_axis(
        jax.nn.log_softmax(out), batch["y"][:, None], 1)[:, 0],
    eval_metrics={})
algorithm = fed_avg.federated_averaging(
    fedjax.model_grad(model), fedjax.optimizers.sgd(digits.RATE), fedjax.optimizers.sgd(1.0),
    fedjax.ShuffleRepeatBatchHParams(batch_size=digits.BATCH, num_epochs=1))
sampler = fedjax.client_samplers.UniformGetClientSampler(data, num_clients=digits.COHORT, seed=1)
state = algorithm.init(model.init(jax.random.PRNGKey(0)))


def run(state):
    state, _ = algorithm.apply(state, sampler.sample())
    jax.block_until_ready(state.params)
    return state


state = run(state)  # compiles
start = time.perf_counter()
for _ in range(ROUNDS):
    state = run(state)
digits.report(time.perf_counter() - start, ROUNDS, FOLDER, state.params["w"], state.params["b"])
