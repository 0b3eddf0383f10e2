#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Random straight-line programs of every unprivileged instruction, and their results by QEMU.

usage: random_programs.py OUT.S                       writes the programs as one assembly file
       random_programs.py --golden GCC QEMU OUT.txt   runs them under qemu-riscv64 (user mode) and
                                                      writes what they computed

Built without options the file is a bare-metal program with `tohost`; with -DLINUX it is a Linux
program that writes its results to standard output. Each program leaves 31 registers (x1 to x31; x8
holds an address and counts as 0) and 264 bytes of memory. golden/random_programs.txt was made with
the second command by Debian's qemu-user 7.2 and is compared with what the hart computes.
"""
import os
import subprocess
import sys
import tempfile

PROGRAMS = 96
INSTRUCTIONS = 40
BUFFER_BYTES = 264
RESULT_BYTES = 512  # registers, then the buffer

CORNERS = [0, 1, 2, 3, 7, 8, 31, 32, 33, 63, 64, 0x7F, 0x80, 0xFF, 0x7FF, 0x800, 0x7FFF, 0x8000,
           0xFFFF, 0x7FFFFFFF, 0x80000000, 0x80000001, 0xFFFFFFFF, 0x100000000,
           0x7FFFFFFFFFFFFFFF, 0x8000000000000000, 0x8000000000000001, 0xFFFFFFFF80000000,
           0xFFFFFFFF7FFFFFFF, 0xFFFFFFFFFFFFFFFE, 0xFFFFFFFFFFFFFFFF, 0xAAAAAAAA55555555]

R_TYPE = ("add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw mul mulh mulhsu mulhu "
          "mulw div divu rem remu divw divuw remw remuw").split()
I_TYPE = "addi slti sltiu xori ori andi addiw".split()
SHIFT = "slli srli srai".split()
SHIFT_W = "slliw srliw sraiw".split()
LOAD = {"lb": 1, "lh": 2, "lw": 4, "ld": 8, "lbu": 1, "lhu": 2, "lwu": 4}
STORE = {"sb": 1, "sh": 2, "sw": 4, "sd": 8}
BRANCH = "beq bne blt bge bltu bgeu".split()
AMO = "amoswap amoadd amoxor amoand amoor amomin amomax amominu amomaxu".split()
ADDRESS = 8  # x8 holds the address of the buffer and is never written


class Random:
    """xorshift64*: the same numbers in every version of Python."""

    def __init__(self, seed):
        self.state = seed * 0x9E3779B97F4A7C15 + 1 & (1 << 64) - 1

    def next(self):
        x = self.state
        x ^= x >> 12
        x ^= x << 25 & (1 << 64) - 1
        x ^= x >> 27
        self.state = x
        return (x * 0x2545F4914F6CDD1D & (1 << 64) - 1) >> 16

    def below(self, n):
        return self.next() % n

    def pick(self, items):
        return items[self.below(len(items))]


def register(rng, compressible):
    """Any register but the address; x8 to x15 often, since those are what compresses best."""
    while True:
        r = 8 + rng.below(8) if compressible else rng.below(32)
        if r != ADDRESS:
            return r


def instruction(rng, label):
    """One instruction, or a short sequence, as lines of assembly."""
    short = rng.below(2) == 0
    rd, rs1, rs2 = (register(rng, short) for _ in range(3))
    if short and rng.below(2) == 0:
        rs1 = rd
    kind = rng.below(20)
    if kind < 9:
        return ["%s x%d, x%d, x%d" % (rng.pick(R_TYPE), rd, rs1, rs2)]
    if kind < 12:
        imm = rng.below(64) - 32 if short else rng.below(4096) - 2048
        return ["%s x%d, x%d, %d" % (rng.pick(I_TYPE), rd, rs1, imm)]
    if kind == 12:
        return ["%s x%d, x%d, %d" % (rng.pick(SHIFT), rd, rs1, rng.below(64))]
    if kind == 13:
        return ["%s x%d, x%d, %d" % (rng.pick(SHIFT_W), rd, rs1, rng.below(32))]
    if kind == 14:
        return ["lui x%d, %d" % (rd, rng.below(1 << 20))]
    if kind == 15:
        name = rng.pick(sorted(LOAD))
        offset = rng.below(BUFFER_BYTES - 8)  # of any alignment
        return ["%s x%d, %d(x%d)" % (name, rd, offset // 8 * 8 if short else offset, ADDRESS)]
    if kind == 16:
        name = rng.pick(sorted(STORE))
        offset = rng.below(BUFFER_BYTES - 8)
        return ["%s x%d, %d(x%d)" % (name, rs2, offset // 8 * 8 if short else offset, ADDRESS)]
    if kind == 17:
        return ["%s x%d, x%d, %df" % (rng.pick(BRANCH), rs1, rs2, label),
                "xori x%d, x%d, 0x155" % (rd, rd), "addi x%d, x%d, -3" % (rs2, rs2), "%d:" % label]
    if kind == 18:
        size = rng.pick(["w", "d"])
        return ["%s.%s x%d, x%d, (x%d)" % (rng.pick(AMO), size, rd, rs2, ADDRESS)]
    size = rng.pick(["w", "d"])
    result = register(rng, False) or 1
    return ["lr.%s x%d, (x%d)" % (size, rd, ADDRESS),
            "sc.%s x%d, x%d, (x%d)" % (size, result, rs2, ADDRESS)]


def program(index):
    rng = Random(index + 1)
    lines = ["", "program_%d:" % index, "  la x8, buffer"]
    for offset in range(0, BUFFER_BYTES, 8):
        lines += ["  li x5, 0x%x" % (rng.pick(CORNERS) ^ rng.below(1 << 40)),
                  "  sd x5, %d(x8)" % offset]
    for r in range(1, 32):
        if r != ADDRESS:
            value = rng.pick(CORNERS) if rng.below(3) else rng.next() << 16 | rng.below(1 << 16)
            lines.append("  li x%d, 0x%x" % (r, value))
    for i in range(INSTRUCTIONS):
        lines += ["  " + line for line in instruction(rng, 1 + i % 9)]
    # x8 is the only register with a known value: keep x9 in the buffer's spare word meanwhile.
    lines += ["  sd x9, %d(x8)" % BUFFER_BYTES, "  la x9, results + %d" % (index * RESULT_BYTES)]
    lines += ["  sd x%d, %d(x9)" % (r, 8 * (r - 1)) for r in range(1, 32) if r not in (8, 9)]
    lines += ["  ld x10, %d(x8)" % BUFFER_BYTES, "  sd x10, 64(x9)"]
    for offset in range(0, BUFFER_BYTES, 8):
        lines += ["  ld x10, %d(x8)" % offset, "  sd x10, %d(x9)" % (248 + offset)]
    return lines


def assembly():
    lines = ["# Made by random_programs.py.", "  .option norelax",
             "  .section .text.init, \"ax\"", "  .globl _start", "_start:"]
    for index in range(PROGRAMS):
        lines += program(index)
    size = PROGRAMS * RESULT_BYTES
    lines += ["#ifdef LINUX", "  li a0, 1", "  la a1, results", "  li a2, %d" % size,
              "  li a7, 64", "  ecall", "  li a0, 0", "  li a7, 93", "  ecall", "#else",
              "  la t0, tohost", "  li t1, 1", "  sd t1, 0(t0)", "1: j 1b", "#endif",
              "  .data", "  .balign 64", "  .globl tohost", "tohost: .dword 0", "  .balign 64",
              "buffer: .space %d" % BUFFER_BYTES, "buffer_spare: .dword 0", "  .balign 64",
              "  .globl results", "results: .space %d" % size]
    return "\n".join(lines) + "\n"


def golden(gcc, qemu, out):
    with tempfile.TemporaryDirectory() as folder:
        source, elf = os.path.join(folder, "p.S"), os.path.join(folder, "p")
        with open(source, "w") as file:
            file.write(assembly())
        subprocess.run([gcc, "-march=rv64imac", "-mabi=lp64", "-mcmodel=medany", "-nostdlib",
                        "-static", "-DLINUX", "-o", elf, source], check=True)
        data = subprocess.run([qemu, elf], check=True, stdout=subprocess.PIPE).stdout
    version = subprocess.run([qemu, "--version"], check=True, stdout=subprocess.PIPE)
    if len(data) != PROGRAMS * RESULT_BYTES:
        sys.exit("random_programs: qemu gave %d bytes, expected %d" %
                 (len(data), PROGRAMS * RESULT_BYTES))
    with open(out, "w") as file:
        file.write("# Results of random_programs.py, one program a line: x1..x31, then memory.\n")
        file.write("# By %s.\n" % version.stdout.decode().splitlines()[0])
        for index in range(PROGRAMS):
            file.write(data[index * RESULT_BYTES:(index + 1) * RESULT_BYTES].hex() + "\n")


if __name__ == "__main__":
    if len(sys.argv) == 5 and sys.argv[1] == "--golden":
        golden(*sys.argv[2:5])
    elif len(sys.argv) == 2:
        with open(sys.argv[1], "w") as output:
            output.write(assembly())
    else:
        sys.exit(__doc__)
