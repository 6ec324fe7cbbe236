import { lookup } from 'node:dns';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { listDandiAssets, queryIblProbes } from '../../lib/index.js';
import { HttpClient } from '../../lib/io/http/client.js';
import { isPrivateAddress } from '../../lib/io/private-hosts.js';
import { transferOf } from '../../lib/io/transfer.js';
import { json, type Reply, startWebServer, type WebServer } from '../support/web-server.js';

vi.mock('node:dns', async (original) => {
  const real = await original<typeof import('node:dns')>();
  return { ...real, default: real, lookup: vi.fn(real.lookup) };
});

vi.mock('../../lib/io/private-hosts.js', async (original) => {
  const real = await original<typeof import('../../lib/io/private-hosts.js')>();
  return { ...real, isPrivateAddress: vi.fn(real.isPrivateAddress) };
});

let server: WebServer;
let reply: () => Reply;
beforeEach(async () => {
  server = await startWebServer(() => reply());
  reply = () => json({ secret: 'of the intranet' });
});
afterEach(() => server.close());

const client = (allowPrivateHosts?: boolean) =>
  new HttpClient(transferOf({ options: { allowPrivateHosts } }, { attempts: 1, idleMs: 20_000 }));
const refused = { name: 'RemoteError', retryable: false, message: expect.stringContaining('allowPrivateHosts') };

describe('private addresses', () => {
  // the special-purpose registries of IANA (RFC 6890), and addresses just outside of their blocks
  it.each(
    '0.0.0.0 10.0.0.1 100.64.0.1 127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.168.1.1 198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:a00:1 ::127.0.0.1 64:ff9b::10.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 fec0::1 ff02::1 2002:7f00:1:: 2001::1 nonsense'.split(
      ' ',
    ),
  )('%s is one', (address) => expect(isPrivateAddress(address)).toBe(true));
  it.each(
    '1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.1 169.253.0.1 172.15.0.1 172.32.0.1 192.167.0.1 198.20.0.1 223.255.255.255 2606:4700:4700::1111 ::ffff:1.1.1.1 64:ff9b::1.1.1.1 2001:4860:4860::8888'.split(
      ' ',
    ),
  )('%s is none', (address) => expect(isPrivateAddress(address)).toBe(false));
});

describe('requests to private hosts', () => {
  it('are refused by address, however it is written, and never sent', async () => {
    const { port } = new URL(server.origin);
    for (const host of ['127.0.0.1', '2130706433', '0x7f.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost', '0']) {
      await expect(client().json(`http://${host}:${port}/x`)).rejects.toMatchObject(refused);
    }
    expect(server.asked).toEqual([]);
    expect(await client(true).json(`${server.origin}/x`)).toEqual({ secret: 'of the intranet' });
    // the connection that was made with leave stays open, and is not used without
    await expect(client().json(`${server.origin}/x`)).rejects.toMatchObject(refused);
    expect(server.asked).toHaveLength(1);
  });

  it('are refused by the address that the connection would be made to, whatever a name said before', async () => {
    const { port } = new URL(server.origin);
    const answers = [
      [
        { address: '93.184.216.34', family: 4 },
        { address: '127.0.0.1', family: 4 },
      ],
      [{ address: '127.0.0.1', family: 4 }],
    ];
    for (const addresses of answers) {
      vi.mocked(lookup).mockImplementationOnce(((_: string, __: object, done: (e: null, a: unknown) => void) =>
        done(null, addresses)) as unknown as typeof lookup);
      await expect(client().json(`http://rebinding.example:${port}/x`)).rejects.toMatchObject(refused);
    }
    expect(server.asked).toEqual([]);
  });

  it('are refused as the target of a redirect', async () => {
    const other = await startWebServer(() => json('inner'));
    const { port } = new URL(other.origin);
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        reply = () => ({ status: 302, headers: { location: `http://${host}:${port}/x` } });
        // the first server passes for a public one, this once
        vi.mocked(isPrivateAddress).mockReturnValueOnce(false);
        await expect(client().json(`${server.origin}/x`)).rejects.toMatchObject(refused);
      }
      expect([server.asked.length, other.asked.length]).toEqual([2, 0]);
    } finally {
      await other.close();
    }
  });

  it('are refused as bases of IBL and DANDI', async () => {
    const assets = listDandiAssets('000001', { apiBase: `${server.origin}/api` });
    await expect(assets.next()).rejects.toMatchObject(refused);
    await expect(queryIblProbes({ bwmUnitsTable: `${server.origin}/t.pqt` })).rejects.toMatchObject(refused);
    expect(server.asked).toEqual([]);
    await expect(queryIblProbes({ allowPrivateHosts: 'yes' as never })).rejects.toMatchObject({
      option: 'allowPrivateHosts',
    });
  });
});
