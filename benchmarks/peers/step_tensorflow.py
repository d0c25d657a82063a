"""TensorFlow: a step as a tf.function, as it is and compiled by XLA."""
import sys

import tensorflow as tf

import worker

tf.config.threading.set_intra_op_parallelism_threads(1)
tf.config.threading.set_inter_op_parallelism_threads(1)


def network(model):
    layers = tf.keras.layers
    if model == "LSTM":
        size = worker.LSTM
        # Batches come as the other models' do, steps first; Keras wants them second.
        return tf.keras.Sequential([
            layers.Lambda(lambda x: tf.transpose(x, (1, 0, 2))), layers.LSTM(size["hidden"]),
            layers.Dense(size["classes"])])
    if model == "CNN":
        return tf.keras.Sequential([
            layers.Reshape((28, 28, 1)), layers.Conv2D(32, 5, padding="same", activation="relu"),
            layers.MaxPool2D(), layers.Conv2D(64, 5, padding="same", activation="relu"),
            layers.MaxPool2D(), layers.Flatten(), layers.Dense(512, activation="relu"),
            layers.Dense(10)])
    shapes = worker.DENSE[model]
    hidden = [layers.Dense(shape[1], activation="relu") for shape in shapes[:-1]]
    return tf.keras.Sequential(hidden + [layers.Dense(shapes[-1][1])])


def prepare(model, batch):
    inputs, labels = (tf.constant(a) for a in worker.data(model, batch))
    net = network(model)
    net(inputs[0])
    variables = net.trainable_variables

    def step(x, y):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=net(x)))
        for variable, gradient in zip(variables, tape.gradient(loss, variables)):
            variable.assign_sub(worker.RATE * tf.convert_to_tensor(gradient))

    batches = [(inputs[i], labels[i]) for i in range(worker.BATCHES)]
    ways = []
    for by_xla in (False, True):
        function = tf.function(step, jit_compile=by_xla)

        def run(function=function):
            for x, y in batches:
                function(x, y)
            variables[0].numpy()

        try:
            run()
            ways.append(run)
        except Exception as error:  # what XLA does not compile
            print("tf.function:", str(error).splitlines()[0], file=sys.stderr)
    return ways


worker.serve(prepare)
