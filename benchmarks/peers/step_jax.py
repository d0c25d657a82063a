"""JAX: a jitted step called for each batch, and one jitted scan over all batches."""
import jax
from jax import lax, numpy as jnp

import worker


def forward(model, parameters, x):
    if model == "LSTM":
        (w, u, b), (out, bias) = parameters
        hidden = worker.LSTM["hidden"]

        def cell(state, from_x):
            h, c = state
            i, f, g, o = jnp.split(from_x + h @ u, 4, axis=1)
            c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
            return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

        zeros = jnp.zeros((x.shape[1], hidden))
        state, _ = lax.scan(cell, (zeros, zeros), x @ w + b)
        return state[0] @ out + bias
    if model == "CNN":
        x = x.reshape(-1, 28, 28, 1)
        for w, b in parameters[:2]:
            x = lax.conv_general_dilated(x, w, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))
            x = jax.nn.relu(x + b)
            x = lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        x = x.reshape(-1, 3136)
        parameters = parameters[2:]
    for w, b in parameters[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = parameters[-1]
    return x @ w + b


def start(model):
    if model == "LSTM":
        size = worker.LSTM
        (w, b), (u, _), out = worker.weights(
            [(size["inputs"], 4 * size["hidden"]), (size["hidden"], 4 * size["hidden"]),
             (size["hidden"], size["classes"])])
        parameters = ((w, u, b), out)
    else:
        parameters = worker.weights(worker.CNN if model == "CNN" else worker.DENSE[model])
    return jax.tree.map(jnp.asarray, parameters)


def prepare(model, batch):
    inputs, labels = (jnp.asarray(a) for a in worker.data(model, batch))

    def loss(parameters, x, y):
        logits = jax.nn.log_softmax(forward(model, parameters, x))
        return -jnp.mean(jnp.take_along_axis(logits, y[:, None], 1))

    def step(parameters, x, y):
        gradient = jax.grad(loss)(parameters, x, y)
        return jax.tree.map(lambda p, g: p - worker.RATE * g, parameters, gradient)

    def scan(parameters, xs, ys):
        return lax.scan(lambda p, b: (step(p, *b), None), parameters, (xs, ys))[0]

    one = jax.jit(step, donate_argnums=0)
    all_of_them = jax.jit(scan, donate_argnums=0)
    batches = list(zip(inputs, labels))
    state = {"one": start(model), "all": start(model)}

    def by_steps():
        for x, y in batches:
            state["one"] = one(state["one"], x, y)
        jax.block_until_ready(state["one"])

    def by_scan():
        state["all"] = jax.block_until_ready(all_of_them(state["all"], inputs, labels))

    return [by_steps, by_scan]


worker.serve(prepare)
