# SPDX-License-Identifier: Apache-2.0
"""The supported ONNX operators in float64 with NumPy, written from the operators' specification."""
import numpy as np


def spatial_pads(size, kernel, stride, dilation, pads, auto_pad):
    """(begin, end) of the padding of each spatial dimension; `pads` lists begins, then ends."""
    rank = len(size)
    if auto_pad == "VALID":
        return [(0, 0)] * rank
    if auto_pad not in ("SAME_UPPER", "SAME_LOWER"):
        return [(pads[i], pads[rank + i]) for i in range(rank)]
    result = []
    for i in range(rank):
        out = -(-size[i] // stride[i])
        total = max(0, (out - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1 - size[i])
        small, large = total // 2, total - total // 2
        result.append((small, large) if auto_pad == "SAME_UPPER" else (large, small))
    return result


def window_counts(size, kernel, stride, dilation, pads, ceil_mode=False):
    """Positions of the window along each dimension."""
    counts = []
    for i, extent in enumerate(size):
        room = extent + sum(pads[i]) - (kernel[i] - 1) * dilation[i] - 1
        count = (-(-room // stride[i]) if ceil_mode else room // stride[i]) + 1
        if ceil_mode and (count - 1) * stride[i] >= extent + pads[i][0]:
            count -= 1  # it would start in the padding behind the input
        counts.append(count)
    return counts


def windows(x, kernel, stride, dilation, pads, counts, fill):
    """For each tap of the window, the elements of x (or `fill`) it meets at all positions."""
    widths = [(0, 0), (0, 0)]
    for i, extent in enumerate(x.shape[2:]):
        need = (counts[i] - 1) * stride[i] + (kernel[i] - 1) * dilation[i] + 1
        widths.append((pads[i][0], max(pads[i][1], need - extent - pads[i][0])))
    padded = np.pad(x, widths, constant_values=fill)
    for tap in np.ndindex(*kernel):
        index = [slice(None), slice(None)]
        for i, t in enumerate(tap):
            start = t * dilation[i]
            index.append(slice(start, start + (counts[i] - 1) * stride[i] + 1, stride[i]))
        yield tap, padded[tuple(index)]


def conv(x, w, b, strides, dilations, pads, auto_pad, group):
    rank = x.ndim - 2
    kernel = w.shape[2:]
    pads = spatial_pads(x.shape[2:], kernel, strides, dilations, pads, auto_pad)
    counts = window_counts(x.shape[2:], kernel, strides, dilations, pads)
    outputs, inputs = w.shape[0] // group, x.shape[1] // group
    y = np.zeros((x.shape[0], w.shape[0], *counts))
    for g in range(group):
        part = x[:, g * inputs:(g + 1) * inputs]
        filters = w[g * outputs:(g + 1) * outputs]
        for tap, seen in windows(part, kernel, strides, dilations, pads, counts, 0.0):
            y[:, g * outputs:(g + 1) * outputs] += np.einsum(
                "nc...,oc->no...", seen, filters[(slice(None), slice(None), *tap)])
    return y if b is None else y + b.reshape((1, -1) + (1,) * rank)


def max_pool(x, kernel, strides, dilations, pads, auto_pad, ceil_mode):
    pads = spatial_pads(x.shape[2:], kernel, strides, dilations, pads, auto_pad)
    counts = window_counts(x.shape[2:], kernel, strides, dilations, pads, ceil_mode)
    y = np.full((*x.shape[:2], *counts), -np.inf)
    for _, seen in windows(x, kernel, strides, dilations, pads, counts, -np.inf):
        y = np.maximum(y, seen)
    return y


def average_pool(x, kernel, strides, pads, auto_pad, ceil_mode, count_include_pad):
    ones = [1] * len(kernel)
    pads = spatial_pads(x.shape[2:], kernel, strides, ones, pads, auto_pad)
    counts = window_counts(x.shape[2:], kernel, strides, ones, pads, ceil_mode)
    total = np.zeros((*x.shape[:2], *counts))
    for _, seen in windows(x, kernel, strides, ones, pads, counts, 0.0):
        total += seen
    # Positions that count: those of the input, and of its padding where that is asked for; never
    # those behind the padding that only rounding up reaches.
    present = np.ones((1, 1, *x.shape[2:]))
    if count_include_pad:
        present = np.pad(present, [(0, 0), (0, 0), *pads], constant_values=1.0)
        pads = [(0, 0)] * len(kernel)
    divisor = np.zeros((1, 1, *counts))
    for _, seen in windows(present, kernel, strides, ones, pads, counts, 0.0):
        divisor += seen
    return total / divisor


def gemm(a, b, c, alpha, beta, trans_a, trans_b):
    y = alpha * ((a.T if trans_a else a) @ (b.T if trans_b else b))
    return y if c is None else y + beta * c


def softmax(x, axis, opset):
    if opset < 13:
        axis = axis % x.ndim
        return softmax(x.reshape(int(np.prod(x.shape[:axis])), -1), 1, 13).reshape(x.shape)
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)
