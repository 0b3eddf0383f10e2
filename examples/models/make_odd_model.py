#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a small network of odd sizes for tests: odd.onnx, odd_input.npy, odd_expected.npy.

    /usr/bin/python3 make_odd_model.py --folder .

Nothing in it divides by 16: strides, asymmetric pads, dilation, groups, ceil_mode, a residual Add, a
Gemm whose weights are not transposed, a batch of 3. The weights are random (seeded), so the network
means nothing. The expected output is computed by PyTorch in float64 from the float32 weights.
Needs the Debian packages python3-onnx, python3-numpy and python3-torch.
"""

import argparse
import os

import numpy as np
import onnx
import torch
import torch.nn.functional as functional
from onnx import TensorProto, checker, helper, numpy_helper


def make(seed):
    random = np.random.RandomState(seed)

    def weights(*shape):
        fan_in = int(np.prod(shape[1:]))
        return (random.standard_normal(shape) * np.sqrt(2.0 / fan_in)).astype(np.float32)

    constants = {
        "w1": weights(10, 3, 3, 5), "b1": random.uniform(-0.2, 0.2, 10).astype(np.float32),
        "w2": weights(10, 2, 3, 3),
        "w3": weights(21, 10, 1, 1), "b3": random.uniform(-0.2, 0.2, 21).astype(np.float32),
        "w4": np.ascontiguousarray(weights(33, 315).T), "b4": random.uniform(-1, 1, 33).astype(np.float32),
        "w5": np.ascontiguousarray(weights(21, 33).T), "b5": random.uniform(-0.1, 0.1, 21).astype(np.float32),
        "shape": np.array([0, -1], np.int64),
    }
    image = random.uniform(-1, 1, (3, 3, 19, 23)).astype(np.float32)
    return constants, image


def model(constants):
    def node(op, inputs, output, **attributes):
        return helper.make_node(op, inputs.split(), [output], name=output + "_node", **attributes)

    nodes = [
        node("Conv", "image w1 b1", "c1", strides=[2, 2], pads=[1, 0, 2, 3]),
        node("Relu", "c1", "r1"),
        node("Conv", "r1 w2", "c2", group=5, dilations=[2, 1], pads=[2, 1, 2, 1],
             kernel_shape=[3, 3]),
        node("Add", "c2 r1", "a2"),
        node("Relu", "a2", "r2"),
        node("Dropout", "r2", "d2"),
        node("AveragePool", "d2", "p2", kernel_shape=[3, 2], strides=[2, 1], pads=[1, 0, 0, 1]),
        node("Conv", "p2 w3 b3", "c3", auto_pad="VALID"),
        node("MaxPool", "c3", "p3", kernel_shape=[2, 3], strides=[2, 2], ceil_mode=1),
        node("GlobalAveragePool", "p3", "g"),
        node("Flatten", "g", "f"),
        node("Reshape", "p3 shape", "s"),
        node("MatMul", "s w4", "m4"),
        node("Add", "b4 m4", "a4"),
        node("Relu", "a4", "r4"),
        node("Gemm", "r4 w5 b5", "g5", alpha=0.5, beta=2.0),
        node("Identity", "g5", "i5"),
        node("Add", "i5 f", "a5"),
        node("Softmax", "a5", "probability", axis=1),
    ]
    graph = helper.make_graph(
        nodes, "odd",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, [3, 3, 19, 23])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, [3, 21])],
        [numpy_helper.from_array(value, name) for name, value in constants.items()])
    result = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 12)],
                               producer_name="make_odd_model.py", ir_version=7)
    checker.check_model(result, full_check=True)
    return result


def expected(constants, image):
    c = {name: torch.from_numpy(value).double() for name, value in constants.items()}
    x = functional.pad(torch.from_numpy(image).double(), (0, 3, 1, 2))
    r1 = functional.relu(functional.conv2d(x, c["w1"], c["b1"], 2))
    r2 = functional.relu(functional.conv2d(r1, c["w2"], None, 1, (2, 1), (2, 1), 5) + r1)
    ones = functional.pad(torch.ones_like(r2), (0, 1, 1, 0))
    p2 = (functional.avg_pool2d(functional.pad(r2, (0, 1, 1, 0)), (3, 2), (2, 1))
          / functional.avg_pool2d(ones, (3, 2), (2, 1)))
    p3 = functional.max_pool2d(functional.conv2d(p2, c["w3"], c["b3"]), (2, 3), 2, ceil_mode=True)
    r4 = functional.relu(p3.reshape(3, -1) @ c["w4"] + c["b4"])
    scores = 0.5 * r4 @ c["w5"] + 2 * c["b5"] + p3.mean((2, 3))
    return torch.softmax(scores, 1).numpy()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--folder", default=".")
    parser.add_argument("--seed", type=int, default=5)
    args = parser.parse_args()
    constants, image = make(args.seed)
    onnx.save(model(constants), os.path.join(args.folder, "odd.onnx"))
    np.save(os.path.join(args.folder, "odd_input.npy"), image)
    result = expected(constants, image)
    np.save(os.path.join(args.folder, "odd_expected.npy"), result)
    print("labels", result.argmax(1), "largest probabilities", result.max(1))


if __name__ == "__main__":
    main()
