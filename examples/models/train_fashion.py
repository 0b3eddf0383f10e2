#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Trains the small convolutional network of the demo on Fashion-MNIST and writes it as ONNX.

    /usr/bin/python3 train_fashion.py --output fashion.onnx

Needs the Debian packages python3-torch, python3-onnx, python3-numpy and dataset-fashion-mnist.
Everything random is seeded; the weights still depend on the version of PyTorch and the processor.
The file that is written is read back with ONNX and evaluated with NumPy: the printed accuracy is
that of the file, on all 10,000 test images.
"""

import argparse
import gzip
import os
import time

import numpy as np
import onnx
import torch
import torch.nn.functional as functional
from onnx import TensorProto, checker, helper, numpy_helper

DATA = "/usr/share/datasets/fashion-mnist"


def read_idx(path):
    with gzip.open(path, "rb") as stream:
        data = stream.read()
    rank = data[3]
    dims = [int.from_bytes(data[4 + 4 * i:8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(data, np.uint8, offset=4 + 4 * rank).reshape(dims)


def load(kind):
    """Images as float32 in 0..1 of shape Nx1x28x28, labels as int64."""
    images = read_idx(os.path.join(DATA, kind + "-images-idx3-ubyte.gz"))
    labels = read_idx(os.path.join(DATA, kind + "-labels-idx1-ubyte.gz"))
    return (images.astype(np.float32) / np.float32(255))[:, None], labels.astype(np.int64)


class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = torch.nn.Conv2d(1, 16, 3, padding=1)
        self.conv2 = torch.nn.Conv2d(16, 32, 3, padding=1)
        self.fc1 = torch.nn.Linear(32 * 7 * 7, 64)
        self.fc2 = torch.nn.Linear(64, 10)

    def forward(self, x):
        """Scores before the softmax."""
        x = functional.max_pool2d(functional.relu(self.conv1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv2(x)), 2)
        x = functional.dropout(torch.flatten(x, 1), 0.2, self.training)
        return self.fc2(functional.relu(self.fc1(x)))


def augment(images, generator):
    """Mirrors half of the images and moves each by up to one pixel."""
    mirror = torch.rand(len(images), generator=generator) < 0.5
    images = torch.where(mirror[:, None, None, None], images.flip(3), images)
    dy, dx = torch.randint(0, 3, (2,), generator=generator).tolist()
    return functional.pad(images, (1, 1, 1, 1))[:, :, dy:dy + 28, dx:dx + 28]


def train(args):
    torch.manual_seed(args.seed)
    torch.set_num_threads(args.threads)
    generator = torch.Generator().manual_seed(args.seed)
    images, labels = (torch.from_numpy(a) for a in load("train"))
    net = Net()
    batches = (len(images) + args.batch - 1) // args.batch
    optimizer = torch.optim.AdamW(net.parameters(), weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=args.rate, total_steps=args.epochs * batches)
    for epoch in range(args.epochs):
        net.train()
        start, total = time.process_time(), 0.0
        order = torch.randperm(len(images), generator=generator)
        for i in range(batches):
            chosen = order[i * args.batch:(i + 1) * args.batch]
            loss = functional.cross_entropy(net(augment(images[chosen], generator)), labels[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            total += loss.item() * len(chosen)
        print(f"epoch {epoch + 1:2}: training loss {total / len(images):.4f}, "
              f"{time.process_time() - start:.0f} CPU s", flush=True)
    return net.eval()


def to_onnx(net):
    """The trained network with a softmax at its end, batch dimension open ("N"), opset 13."""
    constants = []
    for layer in ("conv1", "conv2", "fc1", "fc2"):
        module = getattr(net, layer)
        for kind, tensor in (("weight", module.weight), ("bias", module.bias)):
            constants.append(numpy_helper.from_array(
                np.ascontiguousarray(tensor.detach().numpy()), f"{layer}.{kind}"))

    def node(op, inputs, output, **attributes):
        return helper.make_node(op, inputs, [output], name=output, **attributes)

    nodes = []
    x = "image"
    for i, layer in enumerate(("conv1", "conv2"), 1):
        nodes.append(node("Conv", [x, f"{layer}.weight", f"{layer}.bias"], layer,
                          kernel_shape=[3, 3], pads=[1, 1, 1, 1], strides=[1, 1]))
        nodes.append(node("Relu", [layer], f"relu{i}"))
        nodes.append(node("MaxPool", [f"relu{i}"], f"pool{i}", kernel_shape=[2, 2], strides=[2, 2]))
        x = f"pool{i}"
    nodes.append(node("Flatten", [x], "flatten", axis=1))
    nodes.append(node("Gemm", ["flatten", "fc1.weight", "fc1.bias"], "fc1", transB=1))
    nodes.append(node("Relu", ["fc1"], "relu3"))
    nodes.append(node("Gemm", ["relu3", "fc2.weight", "fc2.bias"], "fc2", transB=1))
    nodes.append(node("Softmax", ["fc2"], "probability", axis=1))
    graph = helper.make_graph(
        nodes, "fashion",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["N", 1, 28, 28])],
        [helper.make_tensor_value_info("probability", TensorProto.FLOAT, ["N", 10])], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)],
                              producer_name="train_fashion.py", ir_version=7)
    checker.check_model(model, full_check=True)
    return model


def evaluate(model, images):
    """Labels that the ONNX file gives, computed with NumPy in float32."""
    weights = {t.name: numpy_helper.to_array(t) for t in model.graph.initializer}

    def conv(x, layer):
        padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
        windows = np.lib.stride_tricks.sliding_window_view(padded, (3, 3), axis=(2, 3))
        y = np.tensordot(windows, weights[layer + ".weight"], axes=([1, 4, 5], [1, 2, 3]))
        y = np.maximum(y + weights[layer + ".bias"], 0).transpose(0, 3, 1, 2)
        n, c, h, w = y.shape
        return y.reshape(n, c, h // 2, 2, w // 2, 2).max(axis=(3, 5))

    labels = []
    for start in range(0, len(images), 500):
        x = conv(conv(images[start:start + 500], "conv1"), "conv2").reshape(-1, 32 * 7 * 7)
        x = np.maximum(x @ weights["fc1.weight"].T + weights["fc1.bias"], 0)
        x = x @ weights["fc2.weight"].T + weights["fc2.bias"]
        labels.append(x.argmax(axis=1))
    return np.concatenate(labels)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--output", default="fashion.onnx")
    parser.add_argument("--evaluate-only", action="store_true",
                        help="do not train; print the accuracy of the file named by --output")
    parser.add_argument("--epochs", type=int, default=15)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=0.005, help="largest learning rate")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()

    if not args.evaluate_only:
        onnx.save(to_onnx(train(args)), args.output)
    images, labels = load("t10k")
    right = evaluate(onnx.load(args.output), images) == labels
    print(f"{args.output}: {os.path.getsize(args.output)} bytes, {right.sum()} of {len(labels)} "
          f"test images right ({100 * right.mean():.2f} %); first 200: {right[:200].sum()}")


if __name__ == "__main__":
    main()
