#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Random small networks of all supported operators, with inputs and their float64 results.

    /usr/bin/python3 make_models.py FOLDER [FIRST [COUNT]]

Writes m<seed>.onnx, m<seed>_<input>.npy, m<seed>_expected.npy (the first output in float64) and m<seed>.json.
The same seed makes the same network. Needs python3-onnx and python3-numpy.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, checker, helper, numpy_helper

import onnx_reference as reference

MOST = 60000  # elements of a value
CHANNELS = (1, 2, 3, 4, 5, 8, 11, 15, 16, 17, 20, 31, 32, 33, 40, 48)


class Maker:
    """Builds a graph node by node and computes every value along the way."""

    def __init__(self, seed):
        self.random = np.random.RandomState(seed)
        self.seed = seed
        self.opset = self.pick(range(9, 18))
        self.batch = self.pick((1, 1, 2, 3, 4, 5))
        self.open_batch = self.chance(0.5)
        self.half = self.chance(0.1)
        self.type = np.float16 if self.half else np.float32
        self.proto_type = TensorProto.FLOAT16 if self.half else TensorProto.FLOAT
        self.nodes, self.constants, self.inputs = [], [], {}
        self.values = {}
        self.mixes_batch = False
        self.count = 0

    # ---- chance

    def pick(self, options):
        options = list(options)
        return options[self.random.randint(len(options))]

    def chance(self, p):
        return self.random.rand() < p

    def whole(self, low, high):
        return int(self.random.randint(low, high + 1))

    # ---- graph

    def name(self, kind):
        self.count += 1
        return f"{kind}{self.count}"

    def constant(self, array, kind="w", dtype=None):
        name = self.name(kind)
        array = np.asarray(array, dtype or self.type)
        if self.chance(0.15):
            self.nodes.append(helper.make_node("Constant", [], [name],
                                               value=numpy_helper.from_array(array, name + "_value")))
        else:
            self.constants.append(numpy_helper.from_array(array, name))
        return name, array.astype(np.float64) if dtype is None else array

    def uniform(self, shape, spread=1.0):
        return self.random.uniform(-spread, spread, shape)

    def node(self, op, inputs, value, **attributes):
        name = self.name(op.lower())
        more = {} if self.chance(0.2) else {"name": name + "_node"}
        self.nodes.append(helper.make_node(op, inputs, [name], **more, **attributes))
        self.values[name] = np.asarray(value, np.float64)
        return name

    def input(self, shape):
        name = self.name("x")
        self.inputs[name] = np.asarray(self.uniform(shape), self.type)
        self.values[name] = self.inputs[name].astype(np.float64)
        return name

    # ---- operators; each returns the new value's name, or None where it does not fit

    def window(self, size, kernels, dilate=True):
        """Kernel, strides, dilations, pads and auto_pad that leave something of `size`."""
        rank = len(size)
        for _ in range(20):
            kernel = [self.pick(kernels) for _ in range(rank)]
            strides = [self.pick((1, 1, 1, 2, 3)) for _ in range(rank)]
            dilations = [self.pick((1, 1, 1, 2, 3)) if dilate else 1 for _ in range(rank)]
            auto = self.pick(("NOTSET", "NOTSET", "NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"))
            pads = [0] * (2 * rank)
            if auto == "NOTSET" and self.chance(0.7):
                pads = [self.whole(0, (kernel[i % rank] - 1) * dilations[i % rank])
                        if kernel[i % rank] > 1 else self.whole(0, 1) for i in range(2 * rank)]
            extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
            real = reference.spatial_pads(size, kernel, strides, dilations, pads, auto)
            if all(s + sum(p) >= e for s, p, e in zip(size, real, extents)):
                return kernel, strides, dilations, pads, auto, real
        return None

    def window_attributes(self, strides, dilations, pads, auto):
        out = {}
        if any(s != 1 for s in strides) or self.chance(0.5):
            out["strides"] = strides
        if dilations and (any(d != 1 for d in dilations) or self.chance(0.3)):
            out["dilations"] = dilations
        if auto != "NOTSET":
            out["auto_pad"] = auto
        elif any(pads) or self.chance(0.3):
            out["pads"] = pads
        return out

    def conv(self, x):
        shape = self.values[x].shape
        if len(shape) not in (3, 4):
            return None
        channels = shape[1]
        groups = self.pick([g for g in range(1, channels + 1) if channels % g == 0])
        if self.chance(0.5):
            groups = 1
        outputs = groups * self.whole(1, 3) if groups > 1 else self.pick(CHANNELS)
        found = self.window(shape[2:], (1, 1, 2, 3, 3, 5, 7))
        if not found or outputs > 200:
            return None
        kernel, strides, dilations, pads, auto, real = found
        counts = reference.window_counts(shape[2:], kernel, strides, dilations, real)
        if shape[0] * outputs * np.prod(counts) > MOST:
            return None
        terms = channels // groups * int(np.prod(kernel))
        w, weights = self.constant(self.uniform((outputs, channels // groups, *kernel),
                                                (3 / terms) ** 0.5))
        names, bias = [x, w], None
        if self.chance(0.6):
            b, bias = self.constant(self.uniform(outputs))
            names.append(b)
        more = self.window_attributes(strides, dilations, pads, auto)
        if groups > 1:
            more["group"] = groups
        if self.chance(0.5):
            more["kernel_shape"] = kernel
        return self.node("Conv", names, reference.conv(
            self.values[x], weights, bias, strides, dilations, pads, auto, groups), **more)

    def pool(self, x):
        shape = self.values[x].shape
        if len(shape) not in (3, 4):
            return None
        maximum = self.chance(0.5)
        found = self.window(shape[2:], (1, 2, 2, 3, 3, 4, 5), maximum and self.opset >= 10)
        if not found:
            return None
        kernel, strides, dilations, pads, auto, real = found
        if auto == "NOTSET":  # no window may see padding alone
            pads = [min(p, (kernel[i % len(kernel)] - 1) // 2) for i, p in enumerate(pads)]
            real = reference.spatial_pads(shape[2:], kernel, strides, dilations, pads, auto)
            extents = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
            if any(s + sum(p) < e for s, p, e in zip(shape[2:], real, extents)):
                return None
        ceil = self.opset >= 10 and auto == "NOTSET" and self.chance(0.5)
        counts = reference.window_counts(shape[2:], kernel, strides, dilations, real, ceil)
        seen = np.zeros((1, 1, *counts))
        for _, part in reference.windows(np.ones((1, 1, *shape[2:])), kernel, strides, dilations, real,
                                         counts, 0.0):
            seen += part
        if seen.min() == 0:
            return None
        more = self.window_attributes(strides, dilations if maximum and self.opset >= 10 else None,
                                      pads, auto)
        more["kernel_shape"] = kernel
        if ceil:
            more["ceil_mode"] = 1
        if maximum:
            return self.node("MaxPool", [x], reference.max_pool(
                self.values[x], kernel, strides, dilations, pads, auto, ceil), **more)
        include = self.chance(0.5)
        if include:
            more["count_include_pad"] = 1
        return self.node("AveragePool", [x], reference.average_pool(
            self.values[x], kernel, strides, pads, auto, ceil, include), **more)

    def global_pool(self, x):
        value = self.values[x]
        if value.ndim < 3 or value.ndim > 4:
            return None
        return self.node("GlobalAveragePool", [x],
                         value.mean(axis=tuple(range(2, value.ndim)), keepdims=True))

    def relu(self, x):
        return self.node("Relu", [x], np.maximum(self.values[x], 0))

    def addend_shape(self, shape):
        """A shape that broadcasts to `shape` without changing it."""
        kept = [1 if self.chance(0.4) else d for d in shape]
        kept = kept[self.whole(0, len(kept)):] if self.chance(0.5) else kept
        return kept if self.fits_batch(shape, kept) else [1] * len(kept)

    def fits_batch(self, shape, kept):
        return not (self.open_batch and len(kept) == len(shape) and kept and kept[0] != 1)

    def add(self, x):
        shape = self.values[x].shape
        others = [v for v in self.values if self.values[v].shape == shape]
        wide = [v for v in self.values if v != x and self.broadcasts(v, shape)]
        if wide and self.chance(0.3):
            other = self.pick(wide)
            return self.node("Add", self.shuffled(x, other), self.values[x] + self.values[other])
        if others and self.chance(0.5):
            other = self.pick(others)
            return self.node("Add", self.shuffled(x, other), self.values[x] + self.values[other])
        if len(shape) > 2 and self.chance(0.4):
            kept = [shape[1]] + [1] * (len(shape) - 2)
            kept = [1] + kept if self.chance(0.5) else kept
        else:
            kept = self.addend_shape(shape)
        c, value = self.constant(self.uniform(kept))
        return self.node("Add", self.shuffled(x, c), self.values[x] + value)

    def broadcasts(self, other, shape):
        theirs = self.values[other].shape
        try:
            result = np.broadcast_shapes(theirs, shape)
        except ValueError:
            return False
        if len(theirs) != len(shape) or len(result) == 0 or result[0] != self.batch:
            return False
        if theirs[0] != shape[0]:
            self.mixes_batch = True
        return np.prod(result) <= MOST

    def shuffled(self, a, b):
        return [a, b] if self.chance(0.5) else [b, a]

    def gemm(self, x):
        value = self.values[x]
        if value.ndim != 2:
            return None
        rows, terms = value.shape
        n = self.pick(CHANNELS)
        trans_b = self.chance(0.5)
        alpha = self.pick((1.0, 1.0, 0.5, -1.25))
        beta = self.pick((1.0, 1.0, 2.0, -0.75))
        shape = (n, terms) if trans_b else (terms, n)
        b, weights = self.constant(self.uniform(shape, (3 / terms) ** 0.5))
        names, c = [x, b], None
        if self.chance(0.7) or self.opset < 11:
            wanted = [[n], [1], [1, n], [1, 1], []]
            if not self.open_batch:
                wanted += [[rows, n], [rows, 1]]
            if self.chance(0.2):
                same = [v for v in self.values
                        if self.values[v].ndim == 2 and self.values[v].shape in ((rows, n), (rows, 1), (1, n))]
                if same:
                    other = self.pick(same)
                    names.append(other)
                    c, beta = self.values[other], 1.0
            if c is None:
                more, c = self.constant(self.uniform(self.pick(wanted)))
                names.append(more)
        attributes = {}
        for key, chosen, default in (("alpha", alpha, 1.0), ("beta", beta, 1.0), ("transB", int(trans_b), 0)):
            if chosen != default or self.chance(0.2):
                attributes[key] = chosen
        return self.node("Gemm", names, reference.gemm(value, weights, c, alpha, beta, False, trans_b),
                         **attributes)

    def plain_gemm(self, names, value, **attributes):
        if self.opset < 11:  # C is not optional yet
            c, _ = self.constant([0.0])
            names = [*names, c]
        return self.node("Gemm", names, value, **attributes)

    def gemm_pair(self, x):
        """Both operands computed at run time, or the transposed input; ends with the batch first again."""
        value = self.values[x]
        if value.ndim != 2:
            return None
        rows, terms = value.shape
        self.mixes_batch = True
        kind = self.pick(("scores", "transposed"))
        if kind == "scores":
            similar = [v for v in self.values if self.values[v].shape == value.shape]
            other = self.pick(similar)
            alpha = self.pick((1.0, 1.0, 0.25))
            scores = self.plain_gemm([x, other], alpha * (value @ self.values[other].T), transB=1,
                                     alpha=alpha)
            if self.chance(0.5):
                scores = self.softmax(scores)
            trans_a = int(self.chance(0.5))
            left = self.values[scores].T if trans_a else self.values[scores]
            return self.plain_gemm([scores, x], left @ value, transA=trans_a)
        if self.open_batch:
            return None
        n = self.pick((1, 3, 16, 17))
        b, weights = self.constant(self.uniform((n, rows) if self.chance(0.5) else (rows, n)))
        trans_b = int(weights.shape[0] == n and (rows != n or self.chance(0.5)))
        y = self.plain_gemm([x, b], value.T @ (weights.T if trans_b else weights), transA=1, transB=trans_b)
        a, weights = self.constant(self.uniform((rows, terms), (3 / terms) ** 0.5))
        return self.plain_gemm([a, y], weights @ self.values[y])

    def matmul(self, x):
        value = self.values[x]
        if value.ndim < 2:
            return None
        terms = value.shape[-1]
        if value.ndim > 2 and self.chance(0.4):  # a batch of products of two computed values
            similar = [v for v in self.values if self.values[v].shape == value.shape
                       or (self.values[v].ndim == value.ndim and self.values[v].shape[-2] == terms
                           and self.values[v].shape[:-2] == value.shape[:-2])]
            other = self.pick(similar)
            if self.values[other].shape[-2] == terms and value.shape[0] == self.batch:
                y = value @ self.values[other] / 1
                if y.size <= MOST and np.abs(y).max() < 500:
                    return self.node("MatMul", [x, other], y)
        n = self.pick(CHANNELS)
        if self.chance(0.25) and value.ndim > 2:  # a constant on the left
            a, weights = self.constant(self.uniform(
                [*self.pick(([], [1], [value.shape[-3]] if value.ndim > 3 else [1])), n, value.shape[-2]],
                (3 / value.shape[-2]) ** 0.5))
            y = weights @ value
            return self.node("MatMul", [a, x], y) if y.size <= MOST else None
        leading = []
        if value.ndim > 2:
            leading = self.pick(([], [1], [value.shape[-3]] if value.ndim > 3 or not self.open_batch else []))
        shape = [*leading, terms, n]
        if self.chance(0.1) and value.ndim > 2:
            shape = [terms]
        if value.ndim == 2:
            shape = [terms, n]
        if value.size // terms * n > MOST:
            return None
        b, weights = self.constant(self.uniform(shape, (3 / terms) ** 0.5))
        y = self.node("MatMul", [x, b], value @ weights)
        if self.chance(0.5) and len(shape) > 1:
            c, bias = self.constant(self.uniform(n))
            y = self.node("Add", self.shuffled(y, c), self.values[y] + bias)
        return y

    def flatten(self, x):
        value = self.values[x]
        axis = 1 if self.open_batch or self.chance(0.6) else self.pick(range(1, value.ndim + 1))
        rows = int(np.prod(value.shape[:axis]))
        if rows != self.batch and self.chance(0.7):
            return None
        attributes = {"axis": axis} if axis != 1 or self.chance(0.5) else {}
        if axis < value.ndim and self.opset >= 11 and self.chance(0.3):
            attributes["axis"] = axis - value.ndim
        return self.node("Flatten", [x], value.reshape(rows, -1), **attributes)

    def reshape(self, x):
        value = self.values[x]
        rest = value.size // self.batch
        if value.shape[0] != self.batch:
            return None
        rank = self.whole(1, 3)
        dims = []
        for _ in range(rank - 1):
            dims.append(self.pick([d for d in range(1, min(rest, 40) + 1) if rest % d == 0]))
            rest //= dims[-1]
        shape = [self.batch, *dims, rest]
        stated = list(shape)
        stated[0] = 0 if self.open_batch or self.chance(0.5) else shape[0]
        if self.chance(0.5):
            stated[self.whole(1, len(stated) - 1)] = -1
        elif stated[0] != 0 and self.chance(0.5):
            stated[0] = -1
        for i in range(1, min(len(stated), value.ndim)):
            if stated[i] == value.shape[i] and self.chance(0.5):
                stated[i] = 0
        s, _ = self.constant(stated, "s", np.int64)
        return self.node("Reshape", [x, s], value.reshape(shape))

    def softmax(self, x):
        value = self.values[x]
        axes = range(1 if self.open_batch else 0, value.ndim)
        axis = self.pick(list(axes) or [1])
        if axis == 0:
            self.mixes_batch = True
        stated = axis - value.ndim if self.opset >= 11 and self.chance(0.3) else axis
        more = {"axis": stated}
        if axis == (value.ndim - 1 if self.opset >= 13 else 1) and self.chance(0.5):
            more = {}
        return self.node("Softmax", [x], reference.softmax(value, axis, self.opset), **more)

    def folded(self, x):
        """Identity and Dropout, which disappear."""
        if self.chance(0.5):
            return self.node("Identity", [x], self.values[x])
        return self.node("Dropout", [x], self.values[x])

    # ---- the whole

    def start(self):
        kind = self.pick(("image", "image", "image", "image", "signal", "signal", "features", "tokens"))
        if kind == "image":
            shape = [self.pick((1, 1, 3, 3, *CHANNELS[:12])), self.whole(1, 20), self.whole(1, 20)]
        elif kind == "signal":
            shape = [self.pick(CHANNELS[:10]), self.whole(1, 70)]
        elif kind == "features":
            shape = [self.whole(1, 130)]
        else:
            shape = [self.whole(1, 4), self.whole(1, 20), self.pick(CHANNELS)]
        return self.input([self.batch, *shape])

    def make(self):
        x = self.start()
        if self.chance(0.15):
            other = self.input([self.batch, *self.values[x].shape[1:]])
            x = self.node("Add", [x, other], self.values[x] + self.values[other])
        steps = self.whole(1, 9)
        menu = ([self.conv] * 6 + [self.pool] * 4 + [self.relu] * 4 + [self.add] * 5 + [self.gemm] * 4
                + [self.matmul] * 4 + [self.global_pool] + [self.flatten] * 2 + [self.reshape] * 2
                + [self.softmax] + [self.gemm_pair] + [self.folded])
        made = 0
        for _ in range(60):
            if made == steps:
                break
            chosen = self.pick(menu)
            source = self.pick(self.values) if self.chance(0.2) else x
            y = chosen(source)
            if y is not None:
                made += 1
                if np.abs(self.values[y]).max() > 1000:
                    break
                x = y
        if self.chance(0.2):
            y = self.values[x]
            x = self.softmax(self.flatten(x) or x) if y.ndim > 2 else self.softmax(x)
        # The first output must keep the batch first, and something must be computed.
        good = [v for v in self.values if v not in self.inputs and self.values[v].ndim > 0
                and self.values[v].shape[0] == self.batch and np.abs(self.values[v]).max() < 1000
                and not v.startswith(("identity", "dropout"))]
        if not good:
            first = next(iter(self.inputs))
            good = [self.node("Relu", [first], np.maximum(self.values[first], 0))]
        outputs = [x if x in good else good[-1]]
        while self.chance(0.25) and len(outputs) < 3:
            other = self.pick(good)
            if other not in outputs:
                outputs.append(other)
        return outputs

    def model(self, outputs):
        def info(name):
            shape = list(self.values[name].shape)
            if self.open_batch:
                shape[0] = "N"
            return helper.make_tensor_value_info(name, self.proto_type, shape)
        graph = helper.make_graph(self.nodes, f"m{self.seed}", [info(n) for n in self.inputs],
                                  [info(n) for n in outputs], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", self.opset)],
                                  ir_version=min(8, 4 if self.opset < 10 else 7))
        checker.check_model(model)
        return model


def make(folder, seed):
    """Writes the files of one network; returns what its .json holds."""
    maker = Maker(seed)
    outputs = maker.make()
    model = maker.model(outputs)
    stem = folder / f"m{seed}"
    onnx.save(model, f"{stem}.onnx")
    inputs = {}
    for name, value in maker.inputs.items():
        inputs[name] = f"{stem}_{name}.npy"
        np.save(inputs[name], value)
    np.save(f"{stem}_expected.npy", maker.values[outputs[0]])
    largest = max(float(np.abs(v).max()) for v in maker.values.values())
    facts = {"seed": seed, "opset": maker.opset, "batch": maker.batch, "open_batch": maker.open_batch,
             "half": maker.half, "mixes_batch": maker.mixes_batch, "inputs": inputs, "largest": largest,
             "model": f"{stem}.onnx", "expected": f"{stem}_expected.npy",
             "operators": [n.op_type for n in maker.nodes]}
    pathlib.Path(f"{stem}.json").write_text(json.dumps(facts, indent=1) + "\n")
    return facts


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    first = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    count = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    for seed in range(first, first + count):
        print(json.dumps(make(folder, seed)))


if __name__ == "__main__":
    main()
