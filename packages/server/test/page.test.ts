/** The page in a headless Chromium, through a real upload. Where SCREENSHOTS names a folder, pictures of it are left there. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { chromiumPath, Page } from '../../../test/support/chromium.js';
import { fixture, startService, type TestService } from './support/service.js';

const chromium = chromiumPath();

describe.skipIf(!chromium)('the page', () => {
  let service: TestService;
  let page: Page;
  beforeAll(async () => {
    service = await startService({ auth: 'on' });
    page = await Page.open(String(chromium), { width: 1100, height: 1300 });
  });
  afterAll(async () => {
    await page?.close();
    await service?.stop();
  });

  const text = (selector: string) =>
    page.value<string>(`document.querySelector(${JSON.stringify(selector)}).innerText`);
  const click = (selector: string) => page.value(`document.querySelector(${JSON.stringify(selector)}).click()`);

  async function picture(name: string): Promise<void> {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), await page.screenshot());
  }

  async function choose(selector: string, ...files: string[]): Promise<void> {
    const { root } = await page.send<{ root: { nodeId: number } }>('DOM.getDocument');
    const found = await page.send<{ nodeId: number }>('DOM.querySelector', { nodeId: root.nodeId, selector });
    await page.send('DOM.setFileInputFiles', { nodeId: found.nodeId, files });
  }

  it('lets nobody in without a token, and keeps the token from scripts', async () => {
    const { token } = await service.tokens.add('lab', ['read', 'write'], null);
    await page.send('Page.navigate', { url: service.url });
    await expect.poll(() => page.value('document.querySelector("#sign-in")?.hidden'), { timeout: 30_000 }).toBe(false);
    await picture('sign-in.png');
    await page.value(`document.querySelector('#token').value = ${JSON.stringify(token)}`);
    await click('#sign-in button');
    await expect.poll(() => page.value('document.querySelector("#signed-in").hidden'), { timeout: 30_000 }).toBe(false);
    expect(await page.value('document.cookie')).toBe('');
  });

  it('takes a file, says what it is, and shows its spikes', async () => {
    await choose('#files', fixture('cli/recording.h5'));
    await expect.poll(() => text('#uploads'), { timeout: 30_000 }).toMatch(/hdf5.*recording/is);
    expect(await text('#uploads')).toContain('/traces/raw');
    await picture('identified.png');
    await page.value(`document.querySelector('article form input').value = '{"dataset":"/traces/raw","fsHz":20000}'`);
    await click('article form button');
    await expect.poll(() => text('#jobs'), { timeout: 40_000 }).toMatch(/done.*spikes/is);
    await expect.poll(() => page.value('document.querySelector("#view").hidden'), { timeout: 30_000 }).toBe(false);
    expect(await text('#said')).toBe('view recording.h5: done');
    await new Promise((resolve) => setTimeout(resolve, 1500));
    await page.value('document.querySelector("#view").scrollIntoView()');
    await picture('view.png');
    // a page of a stranger's file has an origin of its own
    expect(await page.value('document.querySelector("#view-frame").contentDocument')).toBe(null);
  });

  it('says in words what is wrong', async () => {
    await page.value(`document.querySelector('article form select').value = 'load'`);
    await page.value(`document.querySelector('article form select').dispatchEvent(new Event('change'))`);
    await page.value(`document.querySelector('article form input').value = ''`);
    await click('article form button');
    await expect.poll(() => text('#jobs'), { timeout: 30_000 }).toMatch(/It is a recording/);
    await picture('failed.png');
  });

  it('names everything that can be used', async () => {
    const { nodes } = await page.send<{
      nodes: { ignored: boolean; role?: { value: string }; name?: { value: string } }[];
    }>('Accessibility.getFullAXTree');
    const used = nodes.filter(
      ({ ignored, role }) =>
        !ignored && ['button', 'textbox', 'combobox', 'link', 'Iframe'].includes(role?.value ?? ''),
    );
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter(({ name }) => !name?.value)).toEqual([]);
  });
});
