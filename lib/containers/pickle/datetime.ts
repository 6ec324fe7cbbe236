/** Python's datetime types from the bytes that their `__reduce__` gives, as ISO 8601 text or ms. Source: Lib/_pydatetime.py. */
import { Payload } from './payload.js';
import { asText, kindOf, PickledDate, PickledDuration, Python2Str, type ReduceContext, unwrapped } from './values.js';

function stateBytes(value: unknown, length: number, context: ReduceContext): Uint8Array {
  const text = value instanceof Payload ? undefined : asText(value);
  const payload = value instanceof Python2Str ? value.payload : value;
  let bytes: Uint8Array | undefined;
  if (payload instanceof Payload) bytes = context.readNow(payload);
  else if (text !== undefined) bytes = Buffer.from(text, 'latin1');
  if (!bytes || bytes.length !== length) {
    return context.fail(`${length} bytes of a date or time were expected, found ${kindOf(value)}`);
  }
  return bytes;
}

const two = (n: number): string => String(n).padStart(2, '0');

function dateText(bytes: Uint8Array, context: ReduceContext): string {
  const [year, month, day] = [bytes[0] * 256 + bytes[1], bytes[2] & 0x7f, bytes[3]];
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) context.fail('A date was expected');
  return `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
}

function timeText(bytes: Uint8Array, context: ReduceContext): string {
  // the highest bit marks the second of two equal times when clocks go back
  const [hour, minute, second] = [bytes[0] & 0x7f, bytes[1], bytes[2]];
  const micros = bytes[3] * 65536 + bytes[4] * 256 + bytes[5];
  if (hour > 23 || minute > 59 || second > 59 || micros > 999_999) context.fail('A time was expected');
  return `${two(hour)}:${two(minute)}:${two(second)}${micros ? `.${String(micros).padStart(6, '0')}` : ''}`;
}

/** '+02:00' for the timedelta of a timezone; '' without one. */
function zoneText(zone: unknown, context: ReduceContext): string {
  if (zone === undefined || zone === null) return '';
  if (!(zone instanceof PickledDuration)) return context.fail(`A timezone was expected, found ${kindOf(zone)}`);
  const minutes = Math.round(Math.abs(zone.ms) / 60_000);
  return `${zone.ms < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}

export function decodeDatetime(args: readonly unknown[], context: ReduceContext): PickledDate {
  const bytes = stateBytes(args[0], 10, context);
  const time = timeText(bytes.subarray(4), context);
  return new PickledDate(`${dateText(bytes, context)}T${time}${zoneText(args[1], context)}`);
}

export function decodeDate(args: readonly unknown[], context: ReduceContext): PickledDate {
  return new PickledDate(dateText(stateBytes(args[0], 4, context), context));
}

export function decodeTime(args: readonly unknown[], context: ReduceContext): PickledDate {
  return new PickledDate(timeText(stateBytes(args[0], 6, context), context) + zoneText(args[1], context));
}

/** timedelta(days, seconds, microseconds). */
export function decodeTimedelta(args: readonly unknown[], context: ReduceContext): PickledDuration {
  const [days = 0, seconds = 0, micros = 0] = args.map(unwrapped);
  if (typeof days !== 'number' || typeof seconds !== 'number' || typeof micros !== 'number') {
    return context.fail('A timedelta of days, seconds and microseconds was expected');
  }
  return new PickledDuration(days * 86_400_000 + seconds * 1000 + micros / 1000);
}
