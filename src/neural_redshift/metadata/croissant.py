"""The tables as a Croissant dataset (https://docs.mlcommons.org/croissant): JSON-LD that machines find and load."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import mlcroissant as mlc
import pyarrow as pa

from neural_redshift.metadata.citation import About
from neural_redshift.schemas import SCHEMAS

PARQUET = "application/x-parquet"
KINDS = {
    pa.string(): mlc.DataType.TEXT,
    pa.binary(): mlc.DataType.TEXT,
    pa.bool_(): mlc.DataType.BOOL,
    pa.int32(): mlc.DataType.INT32,
    pa.int64(): mlc.DataType.INT64,
    pa.float32(): mlc.DataType.FLOAT32,
    pa.float64(): mlc.DataType.FLOAT64,
}


def croissant(tables: Sequence[str], about: About) -> dict[str, Any]:
    """JSON-LD of Parquet files that lie beside it: each with its checksum, its columns with unit and meaning."""
    context = mlc.Context(conforms_to="http://mlcommons.org/croissant/1.1")
    metadata = mlc.Metadata(
        ctx=context,
        name="neural-redshift",
        description=about.description,
        version=about.version,
        license=[about.licence],
        date_published=datetime.fromisoformat(about.date),
        creators=[mlc.Organization(ctx=context, name=author) for author in about.authors],
        cite_as=about.cite,
        distribution=[_file(context, Path(path)) for path in sorted(tables)],
        record_sets=[_records(context, Path(path).stem) for path in sorted(tables)],
    )
    return dict(metadata.to_json())


def sha256(path: str | Path) -> str:
    """Checksum of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _file(context: mlc.Context, path: Path) -> mlc.FileObject:
    return mlc.FileObject(
        ctx=context,
        id=path.name,
        name=path.name,
        description=f"the table {path.stem}",
        content_url=path.name,
        content_size=f"{path.stat().st_size} B",
        encoding_formats=[PARQUET],
        sha256=sha256(path),
    )


def _records(context: mlc.Context, table: str) -> mlc.RecordSet:
    fields = [_field(context, table, field) for field in SCHEMAS[table]]
    return mlc.RecordSet(ctx=context, id=table, name=table, description=f"rows of the table {table}", fields=fields)


def _field(context: mlc.Context, table: str, column: pa.Field) -> mlc.Field:
    said: Mapping[str, str] = {key.decode(): value.decode() for key, value in column.metadata.items()}
    listed = pa.types.is_list(column.type)
    return mlc.Field(
        ctx=context,
        id=f"{table}/{column.name}",
        name=column.name,
        description=said["description"] + (f" ({said['unit']})" if said["unit"] != "1" else ""),
        data_types=[KINDS[column.type.value_type if listed else column.type]],
        **({"is_array": True, "array_shape": "-1"} if listed else {}),
        source=mlc.Source(
            ctx=context, file_object=f"{table}.parquet", extract=mlc.Extract(ctx=context, column=column.name)
        ),
    )
