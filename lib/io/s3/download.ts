/** An S3 object as a verified local file. */
import { rm } from 'node:fs/promises';
import { RemoteError } from '../../core/errors.js';
import type { ReportBuilder } from '../../core/report.js';
import { fileDigest, fileMultipartEtag } from '../digest.js';
import { downloadParallel } from '../parallel-download.js';
import { stat } from '../stat.js';
import type { Transfer } from '../transfer.js';
import type { S3Object } from './object.js';

type Findings = Pick<ReportBuilder, 'info'>;

/**
 * Downloads to `path` and compares size and, as far as the server tells one, checksum. What arrives damaged is fetched once
 * more.
 */
export async function downloadS3(object: S3Object, path: string, transfer: Transfer, report: Findings): Promise<void> {
  try {
    await downloadOnce(object, path, transfer, report);
  } catch (error) {
    if (!(error instanceof DamagedError)) throw error;
    await rm(path, { force: true });
    // the head may be what was damaged
    await downloadOnce({ ...object, head: new Uint8Array() }, path, transfer, report);
  }
}

async function downloadOnce(object: S3Object, path: string, transfer: Transfer, report: Findings): Promise<void> {
  await downloadParallel(object, path, transfer);
  const { size } = await stat(path);
  if (size !== object.size) throw mismatch(object, `${object.size} bytes`, `${size}`);
  if (object.md5) {
    const md5 = await fileDigest(path, 'md5', transfer.signal);
    if (md5 !== object.md5) throw mismatch(object, `content with MD5 ${object.md5}`, md5);
    return;
  }
  const parts = await object.parts();
  // only equal parts can be cut again without asking for the size of each
  if (parts && parts.first * (parts.count - 1) + parts.last === object.size) {
    const etag = await fileMultipartEtag(path, parts.first, transfer.signal);
    const expected = object.etag!.replaceAll('"', '').toLowerCase();
    if (etag !== expected) throw mismatch(object, `content with the ETag ${expected}`, etag);
    return;
  }
  report.info('checksum-not-verified', `${object.name}: the server tells no checksum; the size was compared`);
}

class DamagedError extends RemoteError {}

function mismatch(object: S3Object, expected: string, found: string): RemoteError {
  const message = `${object.name}: expected ${expected}, got ${found}`;
  return new DamagedError(message, { url: object.name, retryable: true });
}
