"""What becomes of a file in hostile hands: damage at random, and damage that knows the format."""

import gzip
import json
import struct

from hypothesis import strategies as st

SIZES = [0, 1, 2, 3, 7, 8, 255, 256, 2**16, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]
VALUES = [
    None,
    True,
    -1,
    0,
    1,
    0.5,
    10**30,
    1e308,
    float("nan"),
    float("inf"),
    "",
    "relu",
    "unbiased",
    "../../x",
    "\0",
    "\ud800",
]
VALUES += [
    "x" * 10**4,
    [],
    {},
    [[]],
    [None],
    ["glorot"] * 3,
    [10**12],
    list(range(100)),
    {"a": {"b": []}},
    [1.5],
    "9" * 5000,
]
LINES = [
    b"__use_yte__: true\n?__import__('os').getpid(): 1\n",
    b"a: &a [x, x]\nb: [*a, *a]\n",
    b"seed: !!python/object/apply:os.getpid []\n",
    b"seed: !!binary aGk=\n",
    b"seed: 0x7fffffffffffffffffffffff\n",
    b"seed: .nan\n",
    b"seed: 1:2:3\n",
    b"studies: {? [a]: b}\n",
    b"pathvars: {results: ../../etc}\n",
    b"pathvars: {results: /etc}\n",
    b'pathvars: {results: "a\\0b"}\n',
    b'pathvars: {results: "\\ud800"}\n',
    b'studies: {"width\\n": {networks: 5}}\n',
    b'studies: {"{wildcard}": {networks: 5}}\n',
    b"training: {colored_digits: {dataset: mnist, mnist_folder: /dev}}\n",
    b'training: {colored_digits: {dataset: mnist, mnist_folder: "\\e]0;x\\a"}}\n',
    b"<<: {seed: 1}\n",
    b"%YAML 9.9\n---\n",
    b"--- |\n",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\x00",
    b"\xc2\x85\xe2\x80\xa8",
    b"? ",
    b"{" * 3000,
    b"[" * 100_000,
    b"- " * 50_000,
    b"a: " + b"9" * 5000 + b"\n",
    b"a: [" + b"1, " * 5000 + b"]\n",
    b"".join(b"k%d: 1\n" % number for number in range(5000)),
]


@st.composite
def spoilt(draw: st.DrawFn, name: str, whole: bytes) -> bytes:
    """A whole file after some mutations."""
    content = whole
    for _ in range(draw(st.integers(1, 4))):
        choices = [bits, cut, piece_twice, piece_away, number, inserted]
        if name.endswith(".yaml"):
            choices += 4 * [line] + 4 * [word]
        if name.endswith(".safetensors"):
            choices += 10 * [header]
        if name.endswith(".npy"):
            choices += 6 * [described]
        if name.endswith(".gz"):
            choices += 4 * [packed]
        content = draw(draw(st.sampled_from(choices))(content))
    return content


def places(content: bytes) -> st.SearchStrategy[int]:
    """Anywhere, rather near the ends, where headers and footers are."""
    last = max(0, len(content) - 1)
    return st.integers(0, last) | st.integers(0, min(last, 200)) | st.integers(max(0, last - 1500), last)


@st.composite
def bits(draw: st.DrawFn, content: bytes) -> bytes:
    changed = bytearray(content or b"\0")
    for place in draw(st.lists(places(content), min_size=1, max_size=6)):
        changed[place] ^= draw(st.integers(1, 255))
    return bytes(changed)


@st.composite
def cut(draw: st.DrawFn, content: bytes) -> bytes:
    place = draw(places(content))
    return content[:place] if draw(st.booleans()) else content[place:]


@st.composite
def piece_twice(draw: st.DrawFn, content: bytes) -> bytes:
    start, size = draw(places(content)), draw(st.integers(1, 300))
    times = draw(st.sampled_from([2, 3, 100]))
    return content[:start] + times * content[start : start + size] + content[start + size :]


@st.composite
def piece_away(draw: st.DrawFn, content: bytes) -> bytes:
    start, size = draw(places(content)), draw(st.integers(1, 300))
    return content[:start] + content[start + size :]


@st.composite
def number(draw: st.DrawFn, content: bytes) -> bytes:
    """Another number at a place where there may be one: a length, a count, an offset."""
    kind = draw(st.sampled_from(["<I", ">I", "<Q", ">H", "<B"]))
    value = struct.pack(kind, draw(st.sampled_from(SIZES)) % 2 ** (8 * struct.calcsize(kind)))
    place = draw(places(content) | st.sampled_from([0, 4, 8, 12]) | st.just(max(0, len(content) - 8)))
    return content[:place] + value + content[place + len(value) :]


@st.composite
def inserted(draw: st.DrawFn, content: bytes) -> bytes:
    place = draw(places(content))
    return content[:place] + draw(st.binary(min_size=1, max_size=40)) + content[place:]


@st.composite
def described(draw: st.DrawFn, content: bytes) -> bytes:
    """Numbers of an array under another description of them."""
    sizes = st.sampled_from([0, 1, 2, 3, 6, -1, 10**9, 2**31, 2**63, "'x'", "None", "(", "1.5", "()"])
    shape = "".join(f"{size}, " for size in draw(st.lists(sizes, max_size=5)))
    kinds = ["<f8", ">f4", "<f2", "f16", "|b1", "<i8", "|O", "<c16", "<U9", "|V8", "", "[('a', '<f8')]", "<f9"]
    kind, order = draw(st.sampled_from(kinds)), draw(st.sampled_from(["True", "False", "1", "None", "[" * 300]))
    header = f"{{'descr': '{kind}', 'fortran_order': {order}, 'shape': ({shape})}}".encode()
    numbers = content[draw(st.sampled_from([128, 120, 10])) :]
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header) % 2**16) + header + numbers


@st.composite
def line(draw: st.DrawFn, content: bytes) -> bytes:
    """Another line between the lines."""
    lines = content.splitlines(keepends=True)
    place = draw(st.integers(0, len(lines)))
    indent = b" " * draw(st.sampled_from([0, 0, 2, 4]))
    return b"".join([*lines[:place], indent + draw(st.sampled_from(LINES)), *lines[place:]])


@st.composite
def word(draw: st.DrawFn, content: bytes) -> bytes:
    """Another value where one stands."""
    words = content.split(b" ")
    place = draw(st.integers(0, len(words) - 1))
    value = draw(st.sampled_from(VALUES))
    words[place] = json.dumps(value).encode() + draw(st.sampled_from([b"", b",", b"\n", b"]", b"}"]))
    return b" ".join(words)


@st.composite
def header(draw: st.DrawFn, content: bytes) -> bytes:
    """Other shapes, types, offsets, names or settings in the header of tensors."""
    try:
        (size,) = struct.unpack("<Q", content[:8])
        found = json.loads(content[8 : 8 + size])
        name = draw(st.sampled_from(sorted(found)))
        about = found[name]
        if name == "__metadata__" or not draw(st.integers(0, 3)):
            about = found["__metadata__"]
            config = json.loads(about["config"])
            key = draw(st.sampled_from([*sorted(config), "other"]))
            config[key] = draw(st.sampled_from(VALUES))
            about["config"] = json.dumps(config)
            if not draw(st.integers(0, 5)):
                about["config"] = draw(st.sampled_from(["", "5", "[]", "{", "[" * 10**5, "null", "NaN", "9" * 5000]))
        else:
            match draw(st.sampled_from(["dtype", "shape", "offsets", "name", "gone", "empty"])):
                case "dtype":
                    about["dtype"] = draw(st.sampled_from(["F16", "BF16", "F64", "I8", "BOOL", "F8_E4M3", "X", ""]))
                case "shape":
                    about["shape"] = draw(st.lists(st.sampled_from([*SIZES, 4, 6]), max_size=4))
                case "offsets":
                    about["data_offsets"] = draw(st.lists(st.sampled_from(SIZES), min_size=2, max_size=2))
                case "name":
                    found[draw(st.sampled_from(["values", "x_values", "", "../x", "initial_values"]))] = found.pop(name)
                case "gone":
                    del found[name]
                case "empty":
                    about["shape"], about["data_offsets"] = (
                        [draw(st.sampled_from(SIZES)), 0],
                        2 * [len(content) - 8 - size],
                    )
        text = json.dumps(found).encode()
        return struct.pack("<Q", len(text)) + text + content[8 + size :]
    except (ValueError, TypeError, KeyError, AttributeError, struct.error, RecursionError):
        return content


@st.composite
def packed(draw: st.DrawFn, content: bytes) -> bytes:
    """Another content under a right checksum."""
    try:
        inner = gzip.decompress(content)
    except (OSError, EOFError, ValueError):
        inner = b""
    except Exception:
        return content
    changed = draw(draw(st.sampled_from([bits, cut, piece_twice, number, inserted]))(inner))
    return gzip.compress(changed, mtime=0)
