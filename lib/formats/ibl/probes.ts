/** Good units counted by probe. */
import type { GoodUnit } from './units-table.js';

export interface ProbeStats {
  eid: string;
  pid: string;
  n_good_units: number;
  /** Only where target regions were asked for. */
  n_in_target?: number;
  fraction_in_target?: number;
}

/** One entry a probe, most units first; equal ones by eid, then pid. */
export function countByProbe(units: readonly GoodUnit[], targets: ReadonlySet<string> | null): ProbeStats[] {
  const probes = new Map<string, ProbeStats & { n_in_target: number }>();
  for (const { eid, pid, beryl } of units) {
    const key = `${eid}\n${pid}`;
    const probe = probes.get(key) ?? { eid, pid, n_good_units: 0, n_in_target: 0 };
    probe.n_good_units++;
    if (targets?.has(beryl)) probe.n_in_target++;
    probes.set(key, probe);
  }
  const order = (a: ProbeStats, b: ProbeStats) =>
    b.n_good_units - a.n_good_units || compare(a.eid, b.eid) || compare(a.pid, b.pid);
  return [...probes.values()]
    .map(({ n_in_target, ...probe }) =>
      targets ? { ...probe, n_in_target, fraction_in_target: n_in_target / probe.n_good_units } : probe,
    )
    .sort(order);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
