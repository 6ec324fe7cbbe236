/** Contact positions out of probeinterface's JSON (probe.json, probegroup.json), in the order of the recording's channels. */
interface Probe {
  contact_positions?: unknown;
  device_channel_indices?: unknown;
}

/**
 * Contact j of a probe belongs to channel device_channel_indices[j]; -1 is not connected. Without wiring, contacts are in
 * channel order. Null where not each of the `channels` gets exactly one position.
 */
export function contactPositions(group: unknown, channels: number): number[][] | null {
  const probes = (group as { probes?: unknown } | null)?.probes;
  if (!Array.isArray(probes)) return null;
  const positions: (number[] | undefined)[] = [];
  let contacts = 0;
  for (const probe of probes as Probe[]) {
    const { contact_positions: at, device_channel_indices: wiring } = probe ?? {};
    if (!Array.isArray(at)) return null;
    for (const [j, position] of at.entries()) {
      const channel = Array.isArray(wiring) ? wiring[j] : contacts + j;
      if (channel === -1) continue;
      const valid = Number.isSafeInteger(channel) && channel >= 0 && channel < channels && !positions[channel];
      if (!valid || !Array.isArray(position) || !position.every(Number.isFinite)) return null;
      positions[channel] = position;
    }
    contacts += at.length;
  }
  for (let channel = 0; channel < channels; channel++) if (!positions[channel]) return null;
  return positions as number[][];
}
