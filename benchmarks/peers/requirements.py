"""The peers, and the releases of them, and of what they need, that these programs were written for."""

# Name of the virtual environment: packages.
ENVIRONMENTS = {
    "torch": ["torch==2.15.0", "numpy", "pfl==0.6.0"],
    "jax": ["jax==0.10.2"],
    "tensorflow": ["tensorflow-cpu==2.21.0"],
    "flower": ["flwr[simulation]==1.42.0"],
    # FedJAX needs the JAX of its day.
    "fedjax": ["fedjax==0.0.17", "jax==0.4.25", "jaxlib==0.4.25", "numpy<2", "scipy<1.13",
               "dm-haiku==0.0.12", "optax==0.2.2", "chex==0.1.86", "flax==0.8.2"],
    "tff": ["tensorflow-federated==0.87.0"],
}

# What is shown: environment, program beside this file.
STEPS = {
    "PyTorch": ("torch", "step_torch.py"),
    "JAX": ("jax", "step_jax.py"),
    "TensorFlow": ("tensorflow", "step_tensorflow.py"),
}
ROUNDS = {
    "Flower": ("flower", "round_flower.py"),
    "FedJAX": ("fedjax", "round_fedjax.py"),
    "pfl-research": ("torch", "round_pfl.py"),
    "TensorFlow Federated": ("tff", "round_tff.py"),
}
