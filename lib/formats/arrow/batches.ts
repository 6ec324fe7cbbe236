/** Columns as Arrow's record batches. */
import type { Data, DataType, RecordBatch, Schema } from 'apache-arrow';
import type { SpikeData } from '../../spike-data/spike-data.js';
import { type SpikeRows, spikeColumns } from '../../spike-data/spike-rows.js';
import { type UnitColumn, unitIds } from '../../spike-data/unit-columns.js';

/** The optional package, once it is loaded. */
export type Arrow = typeof import('apache-arrow');

/** Rows of the table of units at a time: each may hold lists of thousands of numbers. */
const unitsPerBatch = 64;

export function spikeTable(
  arrow: Arrow,
  sd: SpikeData,
  metadata: string,
): { schema: Schema; batchOf: (rows: SpikeRows) => RecordBatch } {
  const { Field, Float64, Int32, makeData } = arrow;
  const ids = unitIds(sd);
  const idType = idTypeOf(arrow, ids);
  const schema = schemaOf(arrow, metadata, [
    new Field('unit', new Int32(), false),
    new Field('unit_id', idType, true),
    ...['time_ms', ...spikeColumns(sd)].map((name) => new Field(name, new Float64(), false)),
  ]);
  const idsOf = idData(arrow, ids, idType);
  const batchOf = ({ unit, timesMs, values }: SpikeRows) =>
    batch(arrow, schema, unit.length, [
      makeData({ type: new Int32(), data: unit }),
      idsOf(unit),
      ...[timesMs, ...values].map((data) => makeData({ type: new Float64(), data })),
    ]);
  return { schema, batchOf };
}

/** Text is written once a unit and named by number in each row. */
function idTypeOf(arrow: Arrow, ids: UnitColumn): DataType {
  const type = typeOf(arrow, ids);
  return arrow.DataType.isUtf8(type) ? new arrow.Dictionary(type, new arrow.Int32(), 0) : type;
}

function idData(arrow: Arrow, { values }: UnitColumn, type: DataType): (unit: Int32Array) => Data {
  const bitmapOf = nullBitmaps(values);
  if (arrow.DataType.isInt(type) || arrow.DataType.isFloat(type)) return numberData(arrow, values, type, bitmapOf);
  if (!arrow.DataType.isDictionary(type)) {
    return (unit) =>
      vector(
        arrow,
        Array.from(unit, (u) => values[u]),
        type,
      );
  }
  const dictionary = arrow.vectorFromArray(
    values.map((value) => value ?? ''),
    new arrow.Utf8(),
  );
  return (unit) => arrow.makeData({ type, data: unit, dictionary, ...bitmapOf(unit) });
}

/** Typed arrays, filled: Arrow's builders take ten times as long for a row. */
function numberData(
  arrow: Arrow,
  values: UnitColumn['values'],
  type: DataType,
  bitmapOf: ReturnType<typeof nullBitmaps>,
): (unit: Int32Array) => Data {
  const wide = arrow.DataType.isInt(type) && type.bitWidth === 64;
  const ofUnits = wide
    ? BigInt64Array.from(values, (value) => BigInt((value as number | null) ?? 0))
    : new type.ArrayType(values.map((value) => (value as number | null) ?? 0));
  return (unit) => {
    const data = new type.ArrayType(unit.length);
    for (let i = 0; i < unit.length; i++) data[i] = ofUnits[unit[i]];
    return arrow.makeData({ type, data, ...bitmapOf(unit) } as Parameters<Arrow['makeData']>[0]);
  };
}

/** Which rows have a value, where a unit has none. */
function nullBitmaps(values: UnitColumn['values']) {
  const missing = values.some((value) => value === null);
  return (unit: Int32Array): { nullBitmap?: Uint8Array; nullCount?: number } => {
    if (!missing) return {};
    const nullBitmap = new Uint8Array(Math.ceil(unit.length / 8));
    let nullCount = 0;
    unit.forEach((u, i) => {
      if (values[u] === null) nullCount += 1;
      else nullBitmap[i >> 3] |= 1 << (i & 7);
    });
    return { nullBitmap, nullCount };
  };
}

export function unitTable(
  arrow: Arrow,
  columns: readonly UnitColumn[],
  metadata: string,
): { schema: Schema; batches: Iterable<RecordBatch> } {
  const fields = columns.map((column) => new arrow.Field(column.name, typeOf(arrow, column), true));
  const schema = schemaOf(arrow, metadata, fields);
  const rows = columns[0].values.length;
  function* batches() {
    for (let from = 0; from < rows; from += unitsPerBatch) {
      const to = Math.min(from + unitsPerBatch, rows);
      const data = columns.map(({ values }, i) => vector(arrow, values.slice(from, to), fields[i].type));
      yield batch(arrow, schema, to - from, data);
    }
  }
  return { schema, batches: batches() };
}

function schemaOf(arrow: Arrow, metadata: string, fields: InstanceType<Arrow['Field']>[]): Schema {
  return new arrow.Schema(fields, new Map([['spikelab', metadata]]));
}

function batch(arrow: Arrow, schema: Schema, length: number, children: Data[]): RecordBatch {
  const type = new arrow.Struct(schema.fields);
  return new arrow.RecordBatch(schema, arrow.makeData({ type, length, nullCount: 0, children }));
}

function vector(arrow: Arrow, values: readonly unknown[], type: DataType): Data {
  return arrow.vectorFromArray(values, type).data[0];
}

function typeOf(arrow: Arrow, { kind }: UnitColumn): DataType {
  switch (kind) {
    case 'int32':
      return new arrow.Int32();
    case 'int64':
      return new arrow.Int64();
    case 'float64':
      return new arrow.Float64();
    case 'bool':
      return new arrow.Bool();
    case 'numbers':
      return new arrow.List(new arrow.Field('item', new arrow.Float64(), false));
    default:
      return new arrow.Utf8();
  }
}
