/** What a user should know about a search for peaks. */
import type { NativePeaks, PeaksRequest } from '../addon/contract.js';
import type { Finding } from '../core/findings.js';
import type { Channels } from './channel-options.js';
import { channelList } from './threshold.js';

export function peakFindings(found: NativePeaks, request: PeaksRequest, channels: Channels): Finding[] {
  const findings: Finding[] = [];
  const add = (severity: Finding['severity'], code: string, rows: Float64Array, what: string) => {
    if (rows.length === 0) return;
    findings.push({ code, severity, message: `${channelList(Array.from(rows))} ${what}`, count: rows.length });
  };
  const referenced = request.reference.sets.length > 0;
  const hint = referenced ? '; where a reference spreads them, name the channel that has them in badChannels' : '';
  add('warning', 'nan-in-traces', found.spoilt, `with NaN or infinite samples have no threshold, so no peaks${hint}`);
  add('info', 'flat-channels', found.flat, 'whose samples are all the same have noise 0 and no peaks');
  add(
    'warning',
    'noise-zero',
    found.silent,
    'have noise 0, being silent for more than half of the time, and so no peaks; give thresholdUv for them',
  );
  add(
    'warning',
    'spikes-capped',
    found.capped,
    `had more than ${request.channelCap} peaks: the later ones were left out; raise maxSpikesPerChannel for all`,
  );
  if (channels.bad.length * 3 > channels.count) {
    const message = `${channels.bad.length} of ${channels.count} channels are bad: with more than a third, references and results may mislead`;
    findings.push({ code: 'many-bad-channels', severity: 'warning', message, count: channels.bad.length });
  }
  if (found.samples.length === 0) {
    const message = `no peaks were found with method '${request.method}' and peakSign '${request.sign}'; lower the threshold, or check that the traces have spikes`;
    findings.push({ code: 'no-spikes', severity: 'warning', message, count: 0 });
  }
  return findings;
}
