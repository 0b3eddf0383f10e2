#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Holds the decoder against binutils: all 65536 compressed words and many 32-bit ones.

usage: compare_disassembly.py OBJDUMP OBJCOPY RISCV_DISASSEMBLE SCRATCH_FOLDER

Both sides are brought to one form, since binutils prints a compressed instruction under its own
mnemonic and Cubist prints what it stands for. A word that either side takes for no instruction must
be none for the other, but for the extensions that only binutils knows (floating point and others)
and the reserved encodings listed below.
"""
import os
import random
import re
import subprocess
import sys

RANDOM_WORDS = 60000
SEED = 20191213
RESERVED = {0x6101}  # c.addi16sp by 0: reserved, though binutils prints it

# Major opcodes (bits 6:2) of the extensions that the hart has.
OPCODES = [0x00, 0x03, 0x04, 0x05, 0x06, 0x08, 0x0B, 0x0C, 0x0D, 0x0E, 0x18, 0x19, 0x1B, 0x1C]
ABI = ("zero ra sp gp tp t0 t1 t2 s0 s1 a0 a1 a2 a3 a4 a5 a6 a7 "
       "s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 t3 t4 t5 t6").split()
CSR_NUMBER = re.compile(r"^0x[0-9a-f]+$")


def words():
    compressed = [w for w in range(65536) if w & 3 != 3]
    rng = random.Random(SEED)
    wide = []
    for _ in range(RANDOM_WORDS):
        word = rng.getrandbits(32) & ~0x7F | rng.choice(OPCODES) << 2 | 3
        # Make the rarer fields likely: legal funct7, orderings, short immediates.
        kind = rng.randrange(4)
        if kind == 0:
            word = word & 0x01FFFFFF | rng.choice([0x00, 0x01, 0x20]) << 25
        elif kind == 1:
            word = word & ~(7 << 12) | rng.choice([2, 3]) << 12
        elif kind == 2:
            word = word & ~(31 << 20)
        wide.append(word)
    wide += [0x00000073, 0x00100073, 0x30200073, 0x10500073, 0x0000100F, 0x0FF0000F, 0x0330000F]
    return compressed, wide


def expand(name, args):
    """The 32-bit form of a compressed instruction as binutils prints it without aliases."""
    short = name[2:]
    if short == "nop":
        return "addi", ["zero", "zero", args[0] if args else "0"]
    if short in ("addi", "addiw", "slli", "srli", "srai", "andi"):
        return short, [args[0], args[0], args[1]]
    if short in ("slli64", "srli64", "srai64"):
        return short[:4], [args[0], args[0], "0"]
    if short in ("add", "sub", "xor", "or", "and", "addw", "subw"):
        return short, [args[0], args[0], args[1]]
    if short == "addi4spn":
        return "addi", args
    if short == "addi16sp":
        return "addi", ["sp", "sp", args[-1]]
    if short == "li":
        return "addi", [args[0], "zero", args[1]]
    if short == "lui":
        return "lui", args
    if short == "mv":
        return "add", [args[0], "zero", args[1]]
    if short == "j":
        return "jal", ["zero", args[0]]
    if short in ("jr", "jalr"):
        return "jalr", ["zero" if short == "jr" else "ra", "0(%s)" % args[0]]
    if short in ("beqz", "bnez"):
        return short[:3], [args[0], "zero", args[1]]
    if short in ("lw", "ld", "sw", "sd", "lwsp", "ldsp", "swsp", "sdsp"):
        return short[:2], args
    if short == "ebreak":
        return "ebreak", []
    return None


def number(text):
    try:
        return str(int(text, 0))
    except ValueError:
        return text


def canonical_objdump(text, address):
    text = text.split("#")[0]
    text = re.sub(r"<[^>]*>", "", text).strip()
    name, _, rest = text.partition("\t")
    if not rest:
        name, _, rest = text.partition(" ")
    if name.startswith((".", "0x", "unimp", "c.unimp")):
        return None
    args = [a.strip() for a in rest.split(",") if a.strip()]
    if name in ("jal", "c.j", "c.beqz", "c.bnez") or name in BRANCHES:
        # Targets are absolute: make them relative to the word's place.
        target = args[-1].split()[0]
        args[-1] = hex((int(target, 16) - address) & (1 << 64) - 1)
    if name.startswith("c."):
        both = expand(name, args)
        if both is None:
            return None
        name, args = both
    if name == "jalr" and len(args) == 3:
        args = [args[0], "%s(%s)" % (args[2], args[1])]
    if name == "fence" and not args:
        args = ["iorw", "iorw"]
    if name == "fence":
        args = ["0" if a == "unknown" else a for a in args]
    args = [re.sub(r"^0\((\w+)\)$", r"(\1)", a) if name.split(".")[0][:3] in ("amo", "lr", "sc")
            else a for a in args]
    return name, [number(a) for a in args]


def canonical_ours(text):
    if text.startswith((".half", ".word")):
        return None
    name, _, rest = text.partition(" ")
    return name, [number(a.strip()) for a in rest.split(",") if a.strip()]


BRANCHES = ("beq", "bne", "blt", "bge", "bltu", "bgeu")
OURS = set(BRANCHES) | set(
    "lui auipc jal jalr lb lh lw ld lbu lhu lwu sb sh sw sd addi slti sltiu xori ori andi slli srli "
    "srai addiw slliw srliw sraiw add sub sll slt sltu xor srl sra or and addw subw sllw srlw sraw "
    "mul mulh mulhsu mulhu mulw div divu rem remu divw divuw remw remuw fence fence.i ecall ebreak "
    "mret wfi csrrw csrrs csrrc csrrwi csrrsi csrrci".split())


def is_ours(name):
    return name in OURS or name.startswith(("amo", "lr.", "sc."))


def allowed_difference(word, theirs, ours):
    """Documented reasons for the two to differ; anything else is an error."""
    if word in RESERVED:
        return ours is None
    if theirs is not None and not is_ours(theirs[0]):
        return ours is None or is_hint(word, theirs, ours)
    if ours is not None and ours[0] in ("fence", "fence.i") and theirs is None:
        return True  # Reserved fields of fences are to be ignored; binutils prints data.
    if theirs is None and ours is not None:
        return is_hint(word, theirs, ours)
    return False


def is_hint(word, theirs, ours):
    """Encodings that are hints: writes to x0, which binutils leaves nameless or names otherwise."""
    return ours is not None and len(ours[1]) > 0 and ours[1][0] == "zero"


def run_objdump(objdump, objcopy, scratch, items, width):
    raw = os.path.join(scratch, "words.bin")
    elf = os.path.join(scratch, "words.o")
    with open(raw, "wb") as out:
        for word in items:
            out.write(word.to_bytes(width, "little"))
    subprocess.run([objcopy, "-I", "binary", "-O", "elf64-littleriscv", "--rename-section",
                    ".data=.text,alloc,load,readonly,code,contents", raw, elf], check=True)
    text = subprocess.run([objdump, "-d", "-M", "no-aliases", elf], check=True,
                          stdout=subprocess.PIPE).stdout.decode()
    found = {}
    for line in text.splitlines():
        match = re.match(r"^\s*([0-9a-f]+):\t[0-9a-f ]+\t(.*)$", line)
        if match:
            found[int(match.group(1), 16)] = match.group(2)
    return [found.get(i * width, ".data") for i in range(len(items))]


def main():
    objdump, objcopy, ours_tool, scratch = sys.argv[1:5]
    os.makedirs(scratch, exist_ok=True)
    compared = matched = 0
    errors = []
    for items, width in zip(words(), (2, 4)):
        theirs_text = run_objdump(objdump, objcopy, scratch, items, width)
        ours_text = subprocess.run([ours_tool], input="\n".join("%x" % w for w in items).encode(),
                                   check=True, stdout=subprocess.PIPE).stdout.decode().splitlines()
        if len(ours_text) != len(items):
            sys.exit("compare_disassembly: %d words in, %d lines out" % (len(items), len(ours_text)))
        for i, word in enumerate(items):
            theirs = canonical_objdump(theirs_text[i], i * width)
            ours = canonical_ours(ours_text[i])
            if ours is not None and ours[0] in ("custom0", "custom1"):
                continue  # binutils has no names for these
            compared += 1
            if ours is not None and theirs is not None and ours[0].startswith("csr"):
                # Names of CSRs differ where binutils knows more of them.
                same_csr = ours[1][1] == theirs[1][1] or CSR_NUMBER.match(hex(int(ours[1][1]))
                                                                         if ours[1][1].isdigit()
                                                                         else "")
                if ours[0] == theirs[0] and ours[1][0] == theirs[1][0] and \
                        ours[1][2] == theirs[1][2] and same_csr:
                    matched += 1
                    continue
            if ours == theirs:
                matched += ours is not None
            elif not allowed_difference(word, theirs, ours):
                errors.append("%0*x: binutils %r, cubist %r" % (2 * width, word, theirs_text[i],
                                                                ours_text[i]))
    print("compared %d words, %d instructions equal, %d differences" % (compared, matched,
                                                                        len(errors)))
    for line in errors[:40]:
        print(line)
    if matched < 40000:
        sys.exit("compare_disassembly: too few instructions compared (%d)" % matched)
    sys.exit(1 if errors else 0)


if __name__ == "__main__":
    main()
