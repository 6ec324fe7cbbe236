/** A local archive of one file, which answers as DANDI does, and to requests of ranges. */
import { createHash } from 'node:crypto';
import { file, json, startWebServer, type WebServer } from '../../support/web-server.js';

const id = 'b1d2c3e4-1111-4222-8333-000000000001';

export class Archive {
  #bytes: Uint8Array = new Uint8Array();
  #server: WebServer | null = null;

  /** The URL of a download of the bytes. */
  async serve(bytes: Uint8Array): Promise<string> {
    this.#bytes = bytes;
    this.#server ??= await startWebServer((asked) => {
      if (asked.path.startsWith('/blobs/')) return file(this.#bytes, asked, '"one"');
      if (!asked.path.includes('/download/')) return json(this.#detail());
      return { status: 302, headers: { location: this.#blob } };
    });
    return `${this.#server.origin}/api/assets/${id}/download/`;
  }

  get #blob(): string {
    return `${this.#server?.origin}/blobs/${id}`;
  }

  #detail() {
    const sha = createHash('sha256').update(this.#bytes).digest('hex');
    return {
      ...{ id: `dandiasset:${id}`, schemaKey: 'Asset', identifier: id, path: 'sd.nwb' },
      ...{ contentSize: this.#bytes.length, encodingFormat: 'application/x-nwb', contentUrl: [this.#blob] },
      digest: { 'dandi:sha2-256': sha },
      access: [{ schemaKey: 'AccessRequirements', status: 'dandi:OpenAccess' }],
    };
  }
}
