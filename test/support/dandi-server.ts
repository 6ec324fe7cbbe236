/** A stand-in for DANDI: the API on one origin, the bucket on another. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Asked, file, json, type Reply, startWebServer, type WebServer } from './web-server.js';

export const nwb = new Uint8Array(readFileSync(new URL('../../fixtures/dandi/units.nwb', import.meta.url)));
export const expected = JSON.parse(
  readFileSync(new URL('../../fixtures/dandi/expected.json', import.meta.url), 'utf8'),
);
export const apiToken = 'dandi-key-51f0';
const signature = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=deadbeef';

export interface StandInAsset {
  id: string;
  path: string;
  bytes: Uint8Array;
  embargoed?: boolean;
  zarr?: boolean;
  /** Changes to the detail that the API gives. */
  detail?: Record<string, unknown>;
}

const md5 = (bytes: Uint8Array) => createHash('md5').update(bytes).digest();

export class DandiServer {
  api!: WebServer;
  bucket!: WebServer;
  assets: StandInAsset[] = [];
  bucketReply: (asked: Asked) => Reply | undefined = () => undefined;
  apiReply: (asked: Asked) => Reply | undefined = () => undefined;

  static async start(): Promise<DandiServer> {
    const server = new DandiServer();
    server.api = await startWebServer((asked) => server.apiReply(asked) ?? server.#answerApi(asked));
    server.bucket = await startWebServer((asked) => server.bucketReply(asked) ?? server.#answerBucket(asked));
    server.reset();
    return server;
  }

  reset(): void {
    this.api.asked.length = 0;
    this.bucket.asked.length = 0;
    this.bucketReply = () => undefined;
    this.apiReply = () => undefined;
    this.assets = [];
    this.add('sub-a/sub-a_ses-1.nwb');
  }

  get apiBase(): string {
    return `${this.api.origin}/api`;
  }

  add(path: string, more: Partial<StandInAsset> = {}): StandInAsset {
    const n = String(this.assets.length + 1).padStart(12, '0');
    const asset = { id: `b1d2c3e4-1111-4222-8333-${n}`, path, bytes: nwb, ...more };
    this.assets.push(asset);
    return asset;
  }

  async close(): Promise<void> {
    await this.api.close();
    await this.bucket.close();
  }

  detail(asset: StandInAsset) {
    const { id, path, bytes } = asset;
    return {
      id: `dandiasset:${id}`,
      schemaKey: 'Asset',
      identifier: id,
      path,
      contentSize: bytes.length,
      encodingFormat: asset.zarr ? 'application/x-zarr' : 'application/x-nwb',
      contentUrl: [`${this.apiBase}/assets/${id}/download/`, `${this.bucket.origin}${this.#blob(asset)}`],
      digest: {
        'dandi:dandi-etag': `${createHash('md5').update(md5(bytes)).digest('hex')}-1`,
        'dandi:sha2-256': createHash('sha256').update(bytes).digest('hex'),
      },
      access: [
        { schemaKey: 'AccessRequirements', status: asset.embargoed ? 'dandi:EmbargoedAccess' : 'dandi:OpenAccess' },
      ],
      ...asset.detail,
    };
  }

  #blob({ id }: StandInAsset): string {
    return `/blobs/${id.slice(0, 3)}/${id.slice(3, 6)}/${id}`;
  }

  #answerApi(asked: Asked): Reply {
    const url = new URL(asked.path, this.api.origin);
    const token = /^token (.*)$/.exec(asked.headers.authorization ?? '')?.[1];
    if (token !== undefined && token !== apiToken) return json({ detail: 'Invalid token.' }, 401);
    if (url.pathname === '/api/dandisets/000006/versions/draft/assets/') return this.#list(url);
    const [, id, download] = /^\/api\/assets\/([^/]+)\/(download\/)?$/.exec(url.pathname) ?? [];
    const asset = this.assets.find((one) => one.id === id);
    if (!asset) return json({ detail: 'Not found.' }, 404);
    if (asset.embargoed && token === undefined)
      return json({ detail: 'Authentication credentials were not provided.' }, 401);
    if (!download) return json(this.detail(asset));
    if (asset.zarr) return json('Unable to provide download link for zarr assets.', 400);
    return { status: 302, headers: { location: `${this.bucket.origin}${this.#blob(asset)}?${signature}` } };
  }

  #list(url: URL): Reply {
    const size = Number(url.searchParams.get('page_size'));
    const number = Number(url.searchParams.get('page') ?? 1);
    const pattern = (url.searchParams.get('glob') ?? '*').replaceAll('.', '\\.').replaceAll('*', '.*');
    const fitting = this.assets.filter(({ path }) => new RegExp(`^${pattern}$`, 'i').test(path));
    const page = fitting.slice((number - 1) * size, number * size);
    const next = new URL(url);
    next.searchParams.set('page', String(number + 1));
    return json({
      count: number === 1 ? fitting.length : null,
      next: number * size < fitting.length ? next.href : null,
      previous: null,
      results: page.map((asset) => ({
        asset_id: asset.id,
        blob: asset.id,
        zarr: null,
        path: asset.path,
        size: asset.bytes.length,
      })),
    });
  }

  #answerBucket(asked: Asked): Reply {
    if (asked.headers.authorization) {
      const said = 'Only one auth mechanism allowed';
      return { status: 400, body: `<Error><Code>InvalidArgument</Code><Message>${said}</Message></Error>` };
    }
    const asset = this.assets.find((one) => asked.path.startsWith(this.#blob(one)));
    const signed = asked.path.endsWith(`?${signature}`);
    if (!asset || asked.method === 'HEAD' || (asset.embargoed && !signed))
      return { status: 403, body: '<Error><Code>AccessDenied</Code></Error>' };
    return file(asset.bytes, asked, `"${this.detail(asset).digest['dandi:dandi-etag']}"`);
  }
}
