/** Which payloads a value needs. */
import { NumpyArray } from './numpy-array.js';
import { Payload } from './payload.js';
import { Dict, Instance, PickledSet, Python2Str, Tuple } from './values.js';

/** All payloads inside `values`, each container looked at once, without recursion. */
export function payloadsIn(values: readonly unknown[]): Set<Payload> {
  const found = new Set<Payload>();
  const seen = new Set<object>();
  const open: (readonly unknown[])[] = [values];
  for (let items = open.pop(); items; items = open.pop()) {
    for (const item of items) {
      if (typeof item !== 'object' || item === null || seen.has(item)) continue;
      seen.add(item);
      if (item instanceof Payload) found.add(item);
      else open.push(...partsOf(item));
    }
  }
  return found;
}

function partsOf(value: object): (readonly unknown[])[] {
  if (Array.isArray(value)) return [value];
  if (value instanceof Tuple || value instanceof PickledSet) return [value.items];
  if (value instanceof Dict) return [value.keys, value.values];
  if (value instanceof NumpyArray) return [value.data instanceof Payload ? [value.data] : (value.data ?? [])];
  if (value instanceof Instance) return [value.state.values, value.entries?.values ?? [], value.entries?.keys ?? []];
  return value instanceof Python2Str ? [[value.payload]] : [];
}
