/** Whether bytes are the beginning of an HDF5 file. */

const signature = '\x89HDF\r\n\x1a\n';

/** The signature stands at 0, or after a user block of 512 × 2^n bytes, of which those up to 4 KiB occur. */
const signaturePlaces = [0, 512, 1024, 2048, 4096] as const;

export function isHdf5Head(head: Uint8Array): boolean {
  const start = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 4096 + signature.length));
  return signaturePlaces.some((at) => start.toString('latin1', at, at + signature.length) === signature);
}
