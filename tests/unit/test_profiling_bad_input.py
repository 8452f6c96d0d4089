"""What cannot be measured gets one sentence: what was found, where, and what is allowed."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from neural_redshift.instrument import BadModule, measure, profile
from neural_redshift.profiling.sources import load


class Net(nn.Module):
    def __init__(self, inputs=5, width=8):
        super().__init__()
        self.first, self.last = nn.Linear(inputs, width), nn.Linear(width, 1)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)))


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.cells = nn.LSTM(2, 4)

    def forward(self, x):
        return self.cells(x)


class NotANumber(Net):
    def forward(self, x):
        return super().forward(x) / 0 * 0


class Flat(Net):
    def forward(self, x):
        return 0 * super().forward(x)


class Summed(Net):
    def forward(self, x):
        return super().forward(x).sum(0)


class Noisy(Net):
    def forward(self, x):
        return super().forward(x) + torch.randn(len(x), 1)


class Whole(Net):
    def forward(self, x):
        return super().forward(x) > 0


class OnAGpu(Net):
    def __init__(self):
        super().__init__()
        self.cuda()


class Elsewhere(Net):
    def __init__(self):
        super().__init__()
        self.to("meta")


class Fixed(nn.Module):
    def forward(self, x):
        return x.sum(1)


def line(function) -> int:
    """The first line of a function's body."""
    return function.__code__.co_firstlineno + 1


CASES = {
    "the input shape": (
        lambda: profile(Net, inputs=2),
        rf"Net\(\) fails on inputs of shape \(8, 2\): RuntimeError \({Path(__file__).name}, line {line(Net.forward)}\)"
        r": mat1 and mat2.*; its first layer, first \(Linear\), expects 5 on the last axis",
    ),
    "the input shape of an image": (
        lambda: profile(lambda: nn.Conv2d(3, 1, 3), inputs=(1, 8, 8), name="conv"),
        r"conv\(\) fails on inputs of shape \(8, 1, 8, 8\).*expects 3 on the second axis",
    ),
    "a tuple": (lambda: profile(Recurrent), r"Recurrent\(\) returns a tuple of 2; one tensor is needed"),
    "NaN": (
        lambda: profile(NotANumber, networks=3, inputs=5),
        "of 3 functions of NotANumber, 3 have values that are NaN",
    ),
    "a constant": (lambda: profile(Flat, networks=3, inputs=5), "of 3 functions of Flat, 3 are constant; none has a"),
    "one value for all points": (
        lambda: profile(Summed, inputs=5),
        r"returns float32 values of shape \(1\) on inputs of",
    ),
    "no floating point": (lambda: profile(Whole, inputs=5), r"returns bool values of shape \(8, 1\).*floating-point"),
    "other values each time": (lambda: profile(Noisy, inputs=5), "other values when it is called again"),
    "a GPU": (
        lambda: profile(OnAGpu),
        rf"OnAGpu\(\) cannot be built: .*line {line(OnAGpu.__init__) + 1}\).*needs a GPU, but .* on the CPU",
    ),
    "another device": (lambda: profile(Elsewhere), r"puts its parameters on meta; leave them on the CPU"),
    "no parameters": (lambda: profile(Fixed), r"Fixed\(\) has no parameters, so all its networks are one function"),
    "nothing that alpha multiplies": (
        lambda: profile(nn.PReLU, weight_magnitudes=[2], name="prelu"),
        "no linear or convolutional layer whose weights α could multiply",
    ),
    "an argument that it does not take": (
        lambda: profile(Net, depths=[3]),
        r"Net\(depth=3\) cannot be called: .* unexpected keyword argument 'depth'; its arguments are: inputs=5, w",
    ),
    "a factory of something else": (lambda: profile(lambda: 3, name="three"), r"three\(\) returns an int; a class of"),
    "a built module": (lambda: profile(Net()), r"a module that is built already was given, Net\(…\); give the class"),
    "neither module nor function": (lambda: profile(3), "3 was given; a class of torch.nn.Module, a function"),
    "more dimensions than a grid can hold": (
        lambda: profile(Net, inputs=5, kind="grid", grid_points=64),
        r"a grid of 64 points an axis over 5 inputs has 1.1e\+09 points, more than 262,144; .* the view slices",
    ),
    "a slice of one input": (lambda: profile(Net, inputs=1, kind="slices"), "a single input has no plane to slice"),
    "no inputs": (lambda: profile(Net, inputs=0), r"inputs are \(0,\); they must be 1 or more numbers"),
    "zero networks": (lambda: profile(Net, networks=0), "networks is 0; it must be between 1 and 100,000"),
    "a depth of zero": (lambda: profile(Net, depths=[0]), r"depths are \[0\]; each must be a whole number from 1 on"),
    "a negative magnitude": (lambda: profile(Net, weight_magnitudes=[-1]), "each must be a positive number"),
    "a magnitude twice": (lambda: profile(Net, weight_magnitudes=[1, 1.0]), "each may stand once"),
    "an unknown prior": (lambda: profile(Net, prior="normal"), "prior 'normal' found; choose from as built, glorot"),
    "an unknown view": (lambda: profile(Net, kind="cube"), "view 'cube' found; choose from grid, slices"),
    "an unknown activation": (lambda: profile("relo"), "activation 'relo' found; choose from relu, gelu"),
    "an argument that our MLPs do not take": (lambda: profile("relu", depth=2), "depth found, but our MLPs have"),
    "an activation that is not elementwise": (
        lambda: profile(lambda z: z.softmax(-1), name="soft"),
        "is not elementwise: a value changes with its neighbours",
    ),
    "an activation that fails": (
        lambda: profile(lambda z: z @ z),
        r"fails on a tensor of shape \(3, 4\): RuntimeError",
    ),
    "an activation that returns less": (
        lambda: profile(lambda z: z.sum()),
        r"returns \(\), torch.float32 for a tensor",
    ),
    "two data points": (lambda: profile(Net, inputs=5, data=np.zeros((2, 5))), "3 or more points of shape"),
    "data that are not finite": (
        lambda: profile(Net, inputs=5, data=np.full((3, 5), np.nan)),
        "15 numbers of the data",
    ),
    "an array of no grid": (lambda: measure(np.zeros(1)), r"measured has shape \(1,\); 2 or more points an axis"),
    "an array of text": (lambda: measure(np.array(["a", "b"])), "measured holds no numbers"),
    "an array of a constant": (lambda: measure(np.ones((20, 20))), "of 1 functions of measured, 1 are constant"),
    "a callable with too few values": (lambda: measure(lambda x: x[:5, 0]), r"returns shape \(5,\) on 4,096 points"),
    "a callable that fails": (
        lambda: measure(lambda x: 1 / 0),
        r"fails on points of shape \(4096, 2\): ZeroDivisionError",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_measured_gets_one_sentence(case):
    call, says = CASES[case]
    with pytest.raises(BadModule, match=says) as raised:
        call()
    assert "\n" not in str(raised.value)


def written(folder: Path, text: str, target: str = "Net") -> str:
    (folder / "net.py").write_text(text)
    return f"{folder / 'net.py'}:{target}"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "import torch\n\nclass Net(\n",
            r"net.py cannot be imported: SyntaxError \(net.py, line 3\): '\(' was never closed",
        ),
        ("import torch\nimport not_there\n", r"ModuleNotFoundError \(net.py, line 2\): No module named 'not_there'"),
        ("x = 1\n\n\ny = x / 0\n", r"ZeroDivisionError \(net.py, line 4\): division by zero"),
        (
            "import torch\ntorch.zeros(1).cuda()\n",
            r"\(net.py, line 2\): .*needs a GPU, but the instrument starts on the CPU",
        ),
        ("class Nets: pass\n", "net.py defines no Net; is Nets meant"),
        ("Net = 3\n", "is 3; give a class, or a function that builds a module"),
    ],
)
def test_a_file_that_cannot_be_used_is_named_with_its_line(tmp_path, text, says):
    with pytest.raises(BadModule, match=says):
        load(written(tmp_path, text))


def test_a_line_of_the_users_file_is_named_when_a_network_is_called(tmp_path):
    text = "import torch\n\nclass Net(torch.nn.Linear):\n    def __init__(self):\n        super().__init__(2, 1)\n"
    text += "\n    def forward(self, x):\n        return torch.sine(x)\n"
    with pytest.raises(BadModule, match=r"AttributeError \(net.py, line 8\): module 'torch' has no attribute 'sine'$"):
        profile(load(written(tmp_path, text)))


def test_a_file_is_run_where_it_lies_and_only_what_is_asked_is_taken(tmp_path):
    (tmp_path / "beside.py").write_text("WIDTH = 4\n")
    found = load(written(tmp_path, "import beside\n\nclass Net:\n    width = beside.WIDTH\n"))
    assert found.width == 4
    assert load("relu") == "relu"
    for target in ("nowhere.py:Net", "net.py", "relo"):
        with pytest.raises(BadModule, match=r"does not exist|neither file.py:Name nor an activation"):
            load(target)
