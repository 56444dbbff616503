"""One PRIME crossbar in numpy, as fast as we could make it, and exact.

All four partial products are one float32 product: halves of the inputs below each other, halves of the weights side by side, scaled by powers of two
such that the product already is the converter's quotient. Every value is a whole number below 2^24 times a power of two, so nothing is rounded.
The converter is a clip and a cast, which cuts off towards zero. Two threads: either OpenBLAS's, or two of our own on blocks that stay in the cache.

    crossbar.py X W Y SIZE GAIN     int16 files; then lines [variant, seconds, of the processor?] on standard input, seconds of a batch on standard output
"""
import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor

OWN = [64, 128, 256, 512]
# OpenBLAS takes its number of threads when it is loaded: each kind of variant has a process of its own.
if len(sys.argv) < 7:
    import subprocess
    kinds = {}
    for threads in (1, 2):
        environment = {**os.environ, 'OPENBLAS_NUM_THREADS': str(threads)}
        kinds[threads] = subprocess.Popen(
            [sys.executable, *sys.argv, str(threads)], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    names = {name: child for child in kinds.values() for name in json.loads(child.stdout.readline())}
    print(json.dumps(list(names)), flush=True)
    for line in sys.stdin:
        child = names[json.loads(line)[0]]
        child.stdin.write(line)
        child.stdin.flush()
        print(child.stdout.readline(), end='', flush=True)
    for child in kinds.values():
        child.stdin.close()
        child.wait()
    sys.exit()

import numpy as np

x_file, w_file, y_file, size, gain, threads = sys.argv[1], sys.argv[2], sys.argv[3], *map(int, sys.argv[4:7])
x = np.fromfile(x_file, np.int16).reshape(-1, size).astype(np.uint8)
w = np.fromfile(w_file, np.int16).reshape(size, size)
batch = len(x)
magnitude, sign = np.abs(w), np.sign(w)
weights = np.concatenate([sign * (magnitude >> 4) * 16, sign * (magnitude & 15)], axis=1).astype(np.float32) / np.float32(2 ** (16 - gain))
y = np.empty((batch, size), np.uint8)


class Block:
    """Buffers for so many rows."""

    def __init__(self, rows):
        self.halves = np.empty((2 * rows, size), np.float32)
        self.half = np.empty((rows, size), np.uint8)
        self.product = np.empty((2 * rows, 2 * size), np.float32)
        self.codes = np.empty((2 * rows, 2 * size), np.int16)
        self.sum = np.empty((rows, size), np.int16)
        self.rows = rows

    def run(self, first):
        rows, halves, product, codes, total = self.rows, self.halves, self.product, self.codes, self.sum
        part = x[first:first + rows]
        np.bitwise_and(part, 56, out=self.half)
        halves[:rows] = self.half
        np.bitwise_and(part, 7, out=self.half)
        halves[rows:] = self.half
        np.matmul(halves, weights, out=product)
        np.clip(product, -63, 63, out=product)
        np.copyto(codes, product, casting='unsafe')
        np.add(codes[:rows, :size], codes[:rows, size:], out=total)
        np.add(total, codes[rows:, :size], out=total)
        np.add(total, codes[rows:, size:], out=total)
        np.clip(total, 0, 63, out=total)
        np.copyto(y[first:first + rows], total, casting='unsafe')


def whole():
    block = Block(batch)
    return lambda: block.run(0)


def blocked(rows, pool):
    blocks = [Block(rows), Block(rows)]

    def half(i):
        for first in range(i * batch // 2, (i + 1) * batch // 2, rows):
            blocks[i].run(first)

    def run():
        other = pool.submit(half, 1)
        half(0)
        other.result()
    return run


if threads == 2:
    variants = {'OpenBLAS in two threads': whole()}
else:
    pool = ThreadPoolExecutor(1)
    variants = {f'two threads, blocks of {rows}': blocked(rows, pool) for rows in OWN if 2 * rows <= batch}

results = []
for run in variants.values():
    y[:] = 255
    run()
    results.append(y.copy())
assert all((result == results[0]).all() for result in results)
if threads == 1:
    results[0].astype(np.int16).tofile(y_file)
print(json.dumps(list(variants)), flush=True)
for line in sys.stdin:
    name, seconds, cpu = json.loads(line)
    clock = time.process_time if cpu else time.perf_counter
    start, count = clock(), 0
    while clock() - start < seconds:
        variants[name]()
        count += 1
    print((clock() - start) / count, flush=True)
