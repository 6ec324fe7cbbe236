/** Directories, headers and members of zip archives, as .npz are. */
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import type { Random } from '../../prove/random.js';
import { changeField, type Mutation, spliced } from './mutation.js';

/** Offsets and widths of the fields of each record; the name's length and what follows it included. */
const fields = {
  end: [
    [4, 2],
    [6, 2],
    [8, 2],
    [10, 2],
    [12, 4],
    [16, 4],
    [20, 2],
  ],
  central: [
    [4, 2],
    [6, 2],
    [8, 2],
    [10, 2],
    [16, 4],
    [20, 4],
    [24, 4],
    [28, 2],
    [30, 2],
    [32, 2],
    [34, 2],
    [42, 4],
    [46, 4],
  ],
  local: [
    [4, 2],
    [6, 2],
    [8, 2],
    [14, 4],
    [18, 4],
    [22, 4],
    [26, 2],
    [28, 2],
    [30, 4],
  ],
} as const;
const signatures = { end: 'PK\x05\x06', central: 'PK\x01\x02', local: 'PK\x03\x04' } as const;
type Kind = keyof typeof fields;

function recordsOf(bytes: Buffer): { kind: Kind; at: number }[] {
  const out: { kind: Kind; at: number }[] = [];
  for (const [kind, signature] of Object.entries(signatures) as [Kind, string][]) {
    for (let at = bytes.indexOf(signature, 0, 'latin1'); at >= 0; at = bytes.indexOf(signature, at + 4, 'latin1')) {
      if (at + 22 <= bytes.length) out.push({ kind, at });
    }
  }
  return out;
}

interface Member {
  name: Buffer;
  bytes: Buffer;
  deflated: boolean;
}

/** What a whole archive holds; nothing where it is too damaged to say. */
function membersOf(bytes: Buffer): Member[] {
  const members: Member[] = [];
  for (const { kind, at } of recordsOf(bytes)) {
    if (kind !== 'central' || at + 46 > bytes.length) continue;
    const deflated = bytes.readUInt16LE(at + 10) === 8;
    const local = bytes.readUInt32LE(at + 42);
    if (local + 30 > bytes.length) continue;
    const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
    const stored = bytes.subarray(from, from + bytes.readUInt32LE(at + 20));
    const name = bytes.subarray(at + 46, at + 46 + bytes.readUInt16LE(at + 28));
    try {
      const content = deflated ? inflateRawSync(stored, { maxOutputLength: 2 ** 24 }) : stored;
      members.push({ name, bytes: content, deflated });
    } catch {
      // damaged by an earlier mutation
    }
  }
  return members;
}

function record(signature: string, length: number, put: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  bytes.write(signature, 'latin1');
  put(bytes);
  return bytes;
}

function archive(members: readonly Member[]): Buffer {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, bytes, deflated } of members) {
    const stored = deflated ? deflateRawSync(bytes) : bytes;
    // both records hold these, two bytes apart
    const shared = (out: Buffer, at: number) => {
      out.writeUInt16LE(20, at);
      out.writeUInt16LE(deflated ? 8 : 0, at + 4);
      out.writeUInt32LE(crc32(bytes), at + 10);
      out.writeUInt32LE(stored.length, at + 14);
      out.writeUInt32LE(bytes.length, at + 18);
      out.writeUInt16LE(name.length, at + 22);
    };
    const local = Buffer.concat([record(signatures.local, 30, (out) => shared(out, 4)), name, stored]);
    const place = offset;
    const entry = record(signatures.central, 46, (out) => {
      shared(out, 6);
      out.writeUInt32LE(place, 42);
    });
    locals.push(local);
    directory.push(entry, name);
    offset += local.length;
  }
  const size = directory.reduce((sum, part) => sum + part.length, 0);
  const end = record(signatures.end, 22, (out) => {
    out.writeUInt16LE(members.length, 8);
    out.writeUInt16LE(members.length, 10);
    out.writeUInt32LE(size, 12);
    out.writeUInt32LE(offset, 16);
  });
  return Buffer.concat([...locals, ...directory, end]);
}

/** Archives whose sums are right but whose members are not. `inner` mutates one member. */
export const zip = (inner: (path: string, bytes: Buffer, random: Random) => Buffer): Mutation => ({
  name: 'zip',
  fits: (_, bytes) => bytes.length > 30 && bytes.subarray(0, 2).toString('latin1') === 'PK',
  mutate(bytes, random) {
    const members = random.chance(0.6) ? membersOf(bytes) : [];
    if (members.length === 0) return damageRecord(Buffer.from(bytes), random);
    const which = random.int(0, members.length - 1);
    const member = members[which];
    const [name, content] = [member.name.toString('latin1'), member.bytes];
    const changed = random.chance(0.8);
    if (changed) members[which] = { ...member, bytes: inner(name, content, random) };
    else if (random.chance(0.3)) members.splice(which, 1);
    else if (random.chance(0.5)) members.push({ ...member, bytes: members[random.int(0, members.length - 1)].bytes });
    else {
      const names = ['../up.npy', '/etc/passwd', '', 'a\0.npy', '__proto__.npy', members[0].name.toString('latin1')];
      members[which] = { ...member, name: Buffer.from(random.pick(names), 'latin1') };
    }
    const out = archive(members);
    return random.chance(0.9) ? out : damageRecord(out, random);
  },
});

function damageRecord(bytes: Buffer, random: Random): Buffer {
  const records = recordsOf(bytes);
  if (records.length === 0) return bytes;
  for (let left = random.int(1, 3); left > 0; left--) {
    const { kind, at } = random.pick(records);
    const [offset, width] = random.pick<readonly [number, number]>(fields[kind]);
    if (at + offset >= bytes.length) continue;
    // the place of another record is as good as a number
    if (width === 4 && random.chance(0.3) && at + offset + 4 <= bytes.length) {
      bytes.writeUInt32LE(random.pick(records).at, at + offset);
    } else changeField(bytes, at + offset, width, random);
  }
  if (random.chance(0.1))
    return spliced(bytes, random.pick(records).at, bytes.length, bytes.subarray(records.at(-1)?.at));
  return bytes;
}
