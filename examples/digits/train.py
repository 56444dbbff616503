"""Trains the network of the bundled example and writes digits.onnx beside this script.

    node examples/digits/draw.mjs --train 30000 --out /tmp/digits
    python3 examples/digits/train.py /tmp/digits

Needs PyTorch and onnx (Debian: python3-torch, python3-onnx). One thread and a fixed seed; a few minutes.
"""

import gzip
import pathlib
import sys

import numpy
import onnx
import torch
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
EPOCHS = 8
BATCH = 64


def read_idx(path):
    data = gzip.decompress(path.read_bytes())
    dimensions = data[3]
    shape = numpy.frombuffer(data, ">u4", dimensions, 4)
    return numpy.frombuffer(data, numpy.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_set(folder, name):
    images = read_idx(folder / f"{name}-images.idx3-ubyte.gz").astype(numpy.float32) / 255
    labels = read_idx(folder / f"{name}-labels.idx1-ubyte.gz").astype(numpy.int64)
    return torch.from_numpy(images[:, None]), torch.from_numpy(labels)


class Digits(nn.Module):
    """The shape of LeNet: two convolutions, each pooled to half, and three dense layers; 59,938 parameters."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 8, 5, padding=2)
        self.relu1 = nn.ReLU()
        self.pool1 = nn.MaxPool2d(2)
        self.conv2 = nn.Conv2d(8, 16, 5)
        self.relu2 = nn.ReLU()
        self.pool2 = nn.MaxPool2d(2)
        self.flatten = nn.Flatten()
        self.dense1 = nn.Linear(400, 120)
        self.relu3 = nn.ReLU()
        self.dense2 = nn.Linear(120, 64)
        self.relu4 = nn.ReLU()
        self.dense3 = nn.Linear(64, 10)

    def forward(self, x):
        for layer in self.children():
            x = layer(x)
        return x


def accuracy(network, images, labels):
    with torch.no_grad():
        return (network(images).argmax(1) == labels).float().mean().item()


def train(network, images, labels):
    optimiser = torch.optim.Adam(network.parameters(), lr=2e-3, weight_decay=1e-5)
    steps = EPOCHS * (len(images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    for epoch in range(EPOCHS):
        order = torch.randperm(len(images))
        total = 0.0
        for start in range(0, len(images) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            loss = nn.functional.cross_entropy(network(images[batch]), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total * BATCH / len(images):.4f}", flush=True)


def tidy_names(path):
    """Names nodes and edges after the layers, `conv1` for `/conv1/Conv_output_0`, so that reports read well."""
    model = onnx.load(path)
    kept = {"input", "logits"}
    short = lambda name: name.split("/")[1] if name.startswith("/") else name
    for node in model.graph.node:
        node.name = short(node.name)
        node.input[:] = [edge if edge in kept else short(edge) for edge in node.input]
        node.output[:] = [edge if edge in kept else short(edge) for edge in node.output]
    model.graph.name = "digits"
    onnx.checker.check_model(model)
    onnx.save(model, path)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: train.py FOLDER, a folder written by draw.mjs --train")
    torch.set_num_threads(1)
    torch.manual_seed(1)
    network = Digits()
    train(network, *read_set(pathlib.Path(sys.argv[1]), "train"))
    network.eval()
    for name in ("calibration", "test"):
        print(f"{name}: {100 * accuracy(network, *read_set(HERE, name)):.2f} %")
    path = str(HERE / "digits.onnx")
    torch.onnx.export(
        network,
        torch.zeros(1, 1, 28, 28),
        path,
        opset_version=13,
        input_names=["input"],
        output_names=["logits"],
        dynamic_axes={"input": {0: "N"}, "logits": {0: "N"}},
    )
    tidy_names(path)


main()
