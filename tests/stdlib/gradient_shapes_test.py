"""Gradients of all that `std/nn` has against differences, in float64, over random shapes.

For each shape a program is written: it draws parameters and inputs of that shape, and says how far each
gradient is from central differences with h = 1e-5, at most, by the larger of 1 and the gradient.

usage: gradient_shapes_test.py FED_RUN
"""
import json
import random
import subprocess
import sys
import tempfile
import unittest

HEAD = """import "std/nn" as nn;
import "std/random" as random;

fn one<n: dim>(like: float64[n], i: int64) -> float64[n] { cast<float64>(iota<int64[n]>() == i) }
fn ones_like<n: dim>(x: float64[n]) -> float64[n] { ones<float64[n]>() }

fn difference<T: float_tensors>(f: (T -> float64), x: T) -> float64 {
  let g = flatten(grad(f)(x));
  let h = 0.00001;
  fold(size<T>(), 0.0, fn(i, worst) {
    let step = unflatten<T>(h * one(g, i));
    let slope = (f(x + step) - f(x - step)) / (2.0 * h);
    let of_g = reduce_sum(one(g, i) * g);
    let off = abs(slope - of_g) / maximum(1.0, abs(of_g));
    if is_nan(off) { inf() } else { maximum(worst, off) }
  })
}

// A number of a tensor, in which each element counts otherwise.
fn mixed<X: float_tensor>(x: X) -> float64 {
  let v = flatten(x);
  reduce_sum(sin(v) * cos(cumsum(ones_like(v), axis=0)))
}
"""

# Of `x`, rows of n numbers, or one vector; `y`, of the same shape; `ids`, one class of the n a row; `images` of 2 channels and
# `features` of several in each of GROUPS.
CASES = {
    "relu": ("x", "mixed(nn.relu(x))"),
    "softmax": ("x", "mixed(nn.softmax(x))"),
    "log_softmax": ("x", "mixed(nn.log_softmax(x))"),
    "sparse_softmax_cross_entropy": ("x", "mixed(nn.sparse_softmax_cross_entropy(x, ids))"),
    "softmax_cross_entropy": ("x", "mixed(nn.softmax_cross_entropy(x, nn.softmax(y)))"),
    "softmax_cross_entropy_targets": ("y", "mixed(nn.softmax_cross_entropy(x, nn.softmax(y)))"),
    "binary_cross_entropy": ("x", "mixed(nn.binary_cross_entropy(x, nn.softmax(y)))"),
    "negative_log_likelihood": ("x", "mixed(nn.negative_log_likelihood(x, ids))"),
    "hinge": ("x", "mixed(nn.hinge(x, sign(y)))"),
    "mean_squared_error": ("x", "nn.mean_squared_error(x, y)"),
    "mean_squared_error_targets": ("y", "nn.mean_squared_error(x, y)"),
    "mean_absolute_error": ("x", "nn.mean_absolute_error(x, y)"),
    "huber": ("x", "mixed(nn.huber(x, y, 0.7))"),
    "norm2": ("x", "nn.norm2(x)"),
    "global_norm": ("dense", "nn.global_norm(dense)"),
    "clip_by_global_norm": ("dense", "mixed(flatten(nn.clip_by_global_norm(dense, 0.5f64)))"),
    "clip_by_global_norm_unclipped": ("dense", "mixed(flatten(nn.clip_by_global_norm(dense, 1000.0f64)))"),
    "dense": ("dense", "mixed(nn.dense(dense, x))"),
    "dense_x": ("x", "mixed(nn.dense(dense, x))"),
    "conv2d": ("conv", "mixed(nn.conv2d<1>(conv, images))"),
    "conv2d_x": ("images", "mixed(nn.conv2d<1>(conv, images))"),
    "strided_conv2d": ("conv", "mixed(nn.strided_conv2d<2,1>(conv, images))"),
    "strided_conv2d_x": ("images", "mixed(nn.strided_conv2d<2,1>(conv, images))"),
    "strided_depthwise_conv2d_x": ("features", "mixed(nn.strided_depthwise_conv2d<2,1>(depthwise, features))"),
    "depthwise_conv2d": ("depthwise", "mixed(nn.depthwise_conv2d<1>(depthwise, features))"),
    "depthwise_conv2d_x": ("features", "mixed(nn.depthwise_conv2d<1>(depthwise, features))"),
    "max_pool": ("images", "mixed(max_pool(images, window=(2, 2), strides=(1, 2)))"),
    "avg_pool": ("images", "mixed(avg_pool(images, window=(3, 2), strides=(2, 1), padding=(1, 0)))"),
    "dropout": ("x", "mixed(nn.dropout(x, 0.4, random.fold_in(key, 9)))"),
    "layer_norm": ("norm", "mixed(nn.layer_norm(norm, x))"),
    "layer_norm_x": ("x", "mixed(nn.layer_norm(norm, x, epsilon=0.01))"),
    "group_norm": ("channels", "mixed(nn.group_norm<GROUPS>(channels, features))"),
    "group_norm_x": ("features", "mixed(nn.group_norm<GROUPS>(channels, features, epsilon=0.01))"),
    "embedding": ("table", "mixed(nn.embedding(table, ids))"),
    "lstm": ("lstm", "lstm_of(lstm, h, c, x)"),
    "lstm_x": ("x", "lstm_of(lstm, h, c, x)"),
    "lstm_h": ("h", "lstm_of(lstm, h, c, x)"),
    "lstm_c": ("c", "lstm_of(lstm, h, c, x)"),
    "gru": ("gru", "mixed(nn.gru_cell(gru, h, x))"),
    "gru_x": ("x", "mixed(nn.gru_cell(gru, h, x))"),
    "gru_h": ("h", "mixed(nn.gru_cell(gru, h, x))"),
}


def program(rows, n, m):
    """Rows of n numbers, or a vector of them; a state and a result of m numbers a row."""
    groups = 1 + n % 3
    channels = groups * (1 + m % 3)
    def tensor(size, element="float64"):
        dims = [str(d) for d in (rows, size) if d is not None]
        return element + ("[" + ",".join(dims) + "]" if dims else "")
    ids = tensor(None, "int32")
    number = f"cumsum(ones<{ids}>(), axis=0) % {n}" if rows else f"{n - 1}"
    types = {"x": tensor(n), "y": tensor(n), "h": tensor(m), "c": tensor(m), "dense": f"nn.Dense<float64,{n},{m}>",
             "norm": f"<scale=float64[{n}],offset=float64[{n}]>", "table": f"float64[{n},{m}]",
             "lstm": f"nn.Lstm<float64,{n},{m}>", "gru": f"nn.Gru<float64,{n},{m}>",
             "conv": f"nn.Conv2d<float64,3,2,2,{m}>", "images": f"float64[{rows or 1},{n + 2},{m + 1},2]",
             "depthwise": f"nn.DepthwiseConv2d<float64,3,2,{channels}>", "channels": f"nn.Norm<float64,{channels}>",
             "features": f"float64[{rows or 1},{n + 2},{m + 1},{channels}]"}
    drawn = "".join(f"  let {name}: {type_} = random.normal<{type_}>(random.fold_in(key, {i}));\n"
                    for i, (name, type_) in enumerate(types.items()))
    lstm = f"""
fn lstm_of(l: {types["lstm"]}, h: {types["h"]}, c: {types["c"]}, x: {types["x"]}) -> float64 {{
  let s = nn.lstm_cell(l, (h=h, c=c), x);
  mixed(s.h) + 2.0 * mixed(s.c)
}}
"""
    results = ",".join(f"{name}=float64" for name in CASES)
    values = ",\n   ".join(f"{name}=difference(fn({by}: {types[by]}) {{ {body.replace('GROUPS', str(groups))} }}, {by})"
                           for name, (by, body) in CASES.items())
    return (HEAD + lstm + f"\nexport fn differences(key: Key) -> <{results}> {{\n{drawn}"
            f"  let ids: {ids} = {number};\n  ({values})\n}}\n")


class Gradients(unittest.TestCase):
    def test_random_shapes(self):
        draw = random.Random(7)
        shapes = [(1, 1, 2), (None, draw.randint(2, 5), draw.randint(1, 4))]
        shapes += [(draw.randint(2, 5), draw.randint(2, 6), draw.randint(1, 5)) for _ in range(2)]
        for number, shape in enumerate(shapes):
            with self.subTest(shape=shape), tempfile.NamedTemporaryFile("w", suffix=".fed") as f:
                f.write(program(*shape))
                f.flush()
                done = subprocess.run([FED_RUN, f.name, "--entry=differences", "--args=" + json.dumps({"key": number})],
                                      capture_output=True, text=True, timeout=240)
                self.assertEqual(done.returncode, 0, done.stderr)
                found = json.loads(done.stdout)
                self.assertEqual(list(found), list(CASES))
                for name, off in found.items():
                    self.assertIsInstance(off, (int, float), name)
                    self.assertLess(off, 1e-7, name)

    def test_every_function_is_among_them(self):
        """But those that draw what a layer begins with, which no gradient is taken of, and a conversion inside of others."""
        with open("compiler/stdlib/nn.fed", encoding="utf-8") as f:
            names = [line.split("<")[0].split("(")[0][3:] for line in f if line.startswith("fn ")]
        bodies = " ".join(body for _, body in CASES.values()) + program(1, 1, 1)
        for name in names:
            if not name.startswith(("_", "initial_", "glorot_", "he_", "orthogonal", "number_like")):
                self.assertRegex(bodies, rf"nn\.{name}[<(]")


if __name__ == "__main__":
    FED_RUN = sys.argv[1]
    unittest.main(argv=sys.argv[:1])
