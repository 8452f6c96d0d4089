"""Tables, tensors and figures: what is written is read, with its metadata, or refused."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import safetensors.numpy
from matplotlib.figure import Figure

from neural_redshift import tables
from neural_redshift.schemas import SCHEMAS
from neural_redshift.tables import DamagedFile, Tensors, read_table, tensor_writer, verify

METADATA = {"fingerprint": "0123abcd", "config": '{"seed": 7, "networks": 3}', "seed": "7"}
SHAPES = {
    "values": (np.float32, (5, 3, 3)),
    "minimum": (np.float64, (5,)),
    "status": (np.uint8, (5,)),
}


def made_up(kind: pa.DataType) -> list:
    """Three entries of a column of that type, the last one unlike the others."""
    if pa.types.is_string(kind):
        return ["relu", "", "Σ ≠ σ"]
    if pa.types.is_integer(kind):
        return [0, 1, np.iinfo(kind.to_pandas_dtype()).max]
    if pa.types.is_floating(kind):
        return [0.5, -1e-30, np.nan]
    if pa.types.is_boolean(kind):
        return [True, False, True]
    if pa.types.is_binary(kind):
        return [bytes(64), b"", b"\x00\xff"]
    assert pa.types.is_list(kind), f"{kind} found; say here what entries of that type look like"
    return [[0, 1, 50256], [], [1]] if pa.types.is_integer(kind.value_type) else [[0.0, 0.5, 1.0], [], [1.0]]


def columns(table: str) -> dict[str, list]:
    return {field.name: made_up(field.type) for field in SCHEMAS[table]}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "calibration.parquet"
    tables.write_table(path, "calibration", columns("calibration"), METADATA)
    return path


@pytest.fixture
def tensors(tmp_path):
    path, rng = tmp_path / "functions.safetensors", np.random.default_rng(0)
    values = {name: (100 * rng.uniform(size=shape)).astype(kind) for name, (kind, shape) in SHAPES.items()}
    with tensor_writer(path, SHAPES, METADATA) as writer:
        for name, array in values.items():
            writer.write(name, 0, array)
    return path, values


@pytest.fixture
def figure(tmp_path):
    tables.write_figure(tmp_path / "fig", drawing(), "0123abcd")
    return tmp_path / "fig"


def drawing() -> Figure:
    figure = Figure(figsize=(1, 1))
    figure.subplots().plot([0, 1], [1, 0])
    return figure


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_column_has_a_unit_and_a_description(name):
    for field in SCHEMAS[name]:
        assert set(field.metadata) == {b"unit", b"description"}, field.name
        assert all(field.metadata.values()), field.name
    assert len({field.name for field in SCHEMAS[name]}) == len(SCHEMAS[name])


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_table_is_read_as_it_was_written(tmp_path, name):
    path, written = tmp_path / f"{name}.parquet", columns(name)
    tables.write_table(path, name, written, METADATA)
    found = read_table(path, name)
    assert list(found) == [field.name for field in SCHEMAS[name]]
    for field in SCHEMAS[name]:
        if pa.types.is_list(field.type):
            assert [list(entry) for entry in found[field.name]] == written[field.name]
        else:
            expected = np.array(written[field.name], field.type.to_pandas_dtype())
            np.testing.assert_array_equal(found[field.name].to_numpy(), expected)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_table_of_no_rows_can_be_written(tmp_path, name):
    path = tmp_path / f"{name}.parquet"
    tables.write_table(path, name, {column: [] for column in columns(name)}, METADATA)
    assert len(read_table(path, name)) == 0


def test_a_table_keeps_metadata_units_and_descriptions(table):
    schema = pq.read_schema(table)
    found = {key.decode(): value.decode() for key, value in schema.metadata.items()}
    assert found.items() >= METADATA.items()
    assert [field.metadata for field in schema] == [field.metadata for field in SCHEMAS["calibration"]]


def test_the_same_table_has_the_same_bytes(table, tmp_path):
    again = tmp_path / "again.parquet"
    tables.write_table(again, "calibration", columns("calibration"), METADATA)
    assert again.read_bytes() == table.read_bytes()


def test_a_table_is_written_from_columns_or_from_a_data_frame_in_any_order(table, tmp_path):
    again = tmp_path / "again.parquet"
    frame = pd.DataFrame(dict(reversed(columns("calibration").items())))
    tables.write_table(again, "calibration", frame, METADATA)
    assert again.read_bytes() == table.read_bytes()


def test_what_is_not_known_yet_is_null_whatever_its_type(tmp_path):
    path = tmp_path / "modulo.parquet"
    tables.write_table(path, "modulo", {name: [None] * 2 for name in columns("modulo")}, METADATA)
    assert read_table(path, "modulo").isna().all(axis=None)


def test_a_missing_number_is_null_in_the_file_and_nan_in_memory(table):
    assert pq.read_table(table)["mean"].null_count == 1
    assert np.isnan(read_table(table, "calibration")["mean"]).sum() == 1


@pytest.mark.parametrize("change", ["missing", "unknown"])
def test_columns_other_than_those_of_the_schema_are_refused(tmp_path, change):
    found = columns("calibration")
    if change == "missing":
        del found["mean"]
    else:
        found["median"] = found["mean"]
    with pytest.raises(ValueError, match="mean" if change == "missing" else "median"):
        tables.write_table(tmp_path / "calibration.parquet", "calibration", found, METADATA)
    assert list(tmp_path.iterdir()) == []


def test_a_table_of_another_schema_is_refused(table):
    with pytest.raises(DamagedFile, match="rebuild it"):
        read_table(table, "components")


def test_tensors_are_read_as_they_were_written_here_and_by_safetensors(tensors):
    path, written = tensors
    found = Tensors(path)
    for source in (safetensors.numpy.load_file(path), {name: found.rows(name) for name in SHAPES}):
        assert set(source) == set(written)
        for name, values in written.items():
            assert source[name].dtype == values.dtype
            np.testing.assert_array_equal(source[name], values)
    assert found.metadata.items() >= METADATA.items()
    assert found.settings == {"seed": 7, "networks": 3}
    assert found.length("values") == 5
    assert found.names() == ["minimum", "status", "values"]
    np.testing.assert_array_equal(found.rows("values", 1, 3), written["values"][1:3])


@pytest.mark.parametrize("length", range(8))
def test_tensors_are_readable_whatever_the_length_of_their_metadata(tmp_path, length):
    path = tmp_path / "functions.safetensors"
    with tensor_writer(path, {"a": (np.float64, (2,))}, {"config": "{}", "note": "x" * length}) as writer:
        writer.write("a", 0, np.array([1.5, -2.5]))
    assert safetensors.numpy.load_file(path)["a"].tolist() == [1.5, -2.5]
    # Data begin at a multiple of 8 bytes, so that they can be mapped as float64.
    assert int.from_bytes(path.read_bytes()[:8], "little") % 8 == 0


def test_rows_are_written_in_any_order_and_converted_to_the_type_of_the_tensor(tmp_path, tensors):
    path, written = tensors
    again = tmp_path / "again.safetensors"
    with tensor_writer(again, SHAPES, METADATA) as writer:
        for start, stop in ((3, 5), (0, 1), (1, 3)):
            for name in reversed(SHAPES):
                writer.write(name, start, written[name][start:stop].astype(np.float64))
    assert again.read_bytes() == path.read_bytes()


def test_a_write_that_fails_leaves_no_file(tmp_path):
    def write_half() -> None:
        with tensor_writer(tmp_path / "f.safetensors", SHAPES, METADATA) as writer:
            writer.write("minimum", 0, np.ones(2))
            raise RuntimeError("the job was stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        write_half()
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_leaves_the_file_that_was_there(tensors):
    path, _ = tensors
    whole = path.read_bytes()
    with pytest.raises(KeyError), tensor_writer(path, SHAPES, METADATA) as writer:
        writer.write("unknown", 0, np.ones(2))
    assert path.read_bytes() == whole
    assert list(path.parent.iterdir()) == [path]


def test_a_file_appears_whole_and_not_before(tmp_path):
    path = tmp_path / "f.safetensors"
    with tensor_writer(path, SHAPES, METADATA) as writer:
        writer.write("minimum", 0, np.ones(5))
        assert not path.exists()
    assert [each.name for each in tmp_path.iterdir()] == [path.name]
    verify(path)


def test_folders_are_made(tmp_path):
    path = tmp_path / "some" / "folder" / "calibration.parquet"
    tables.write_table(path, "calibration", columns("calibration"), METADATA)
    assert path.exists()


def test_the_same_figure_has_the_same_bytes(figure, tmp_path):
    tables.write_figure(tmp_path / "again", drawing(), "0123abcd")
    for ending in (".svg", ".png"):
        verify(figure.with_suffix(ending))
        assert (tmp_path / f"again{ending}").read_bytes() == figure.with_suffix(ending).read_bytes()


def test_every_kind_of_file_carries_its_fingerprint(table, tensors, figure):
    for path in (table, tensors[0], figure.with_suffix(".svg"), figure.with_suffix(".png")):
        assert tables.fingerprint_in(path) == "0123abcd"
        assert tables.state(path, "0123abcd") is None
        assert "made by other code or configuration (0123abcd, today's is 4567)" in tables.state(path, "4567")


def test_the_state_of_a_file_that_is_not_there_or_not_whole(table, figure):
    assert tables.state(table.with_name("other.parquet"), "0123abcd") == "missing; run snakemake"
    for path in (table, figure.with_suffix(".svg"), figure.with_suffix(".png")):
        path.write_bytes(path.read_bytes()[:-20])
        assert "delete it and run snakemake again" in tables.state(path, "0123abcd")


@pytest.mark.parametrize("ending", ["parquet", "safetensors", "svg", "png", "json"])
def test_a_file_that_is_not_ours_has_no_fingerprint(tmp_path, ending):
    path = tmp_path / f"file.{ending}"
    path.write_bytes(b"something else")
    assert tables.fingerprint_in(path) is None
    with pytest.raises(DamagedFile, match="file"):
        verify(path)


def test_a_parquet_table_of_somebody_else_is_refused(tmp_path):
    path = tmp_path / "calibration.parquet"
    pq.write_table(pa.table(columns("calibration"), schema=pa.schema(SCHEMAS["calibration"])), path)
    with pytest.raises(DamagedFile, match="not a file of this project"):
        read_table(path, "calibration")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_something_appended_to_a_figure_is_noticed(tmp_path, kind):
    tables.write_figure(tmp_path / "figure", Figure(figsize=(1, 1)), "f" * 32)
    figure = tmp_path / f"figure.{kind}"
    assert tables.state(figure, "f" * 32) is None
    figure.write_bytes(figure.read_bytes() + b"and something else")
    assert tables.state(figure, "f" * 32) is not None
