/** Which clusters of a KiloSort or Phy folder are units: by the labels that a person or KiloSort gave them. */
import type { ReportBuilder } from '../../core/report.js';
import { type ClusterTable, hasLabels, labelIn } from './cluster-tables.js';

export interface ClusterLabels {
  /** Label of each cluster that has one. */
  labels: ReadonlyMap<number, string>;
  /** Clusters to load, in the order given. */
  kept: number[];
}

const normal = (label: string) => label.trim().toLowerCase();

/**
 * Filters by the table that the user named. A blank label counts as 'unsorted'; so does a cluster without a row, which
 * is counted as 'unlisted'.
 */
export function filterByTable(
  clusters: readonly number[],
  table: ClusterTable,
  keepLabels: readonly string[],
  report: ReportBuilder,
): ClusterLabels {
  const labels = labelsFrom(clusters, [table]);
  if (!hasLabels(table)) {
    const found =
      [...table.columns]
        .slice(0, 20)
        .map((name) => JSON.stringify(name))
        .join(', ') || 'no column cluster_id or id';
    const message = `${table.file} has no columns cluster_id (or id) and group (or KSLabel) to filter by; all clusters are kept (found ${found})`;
    report.warning('cluster-table-columns', message);
    return { labels, kept: [...clusters] };
  }
  const keep = new Set(keepLabels.map(normal));
  const kept: number[] = [];
  const dropped = new Map<string, number>();
  for (const cluster of clusters) {
    const label = labels.get(cluster);
    if (keep.has(normal(label ?? 'unsorted'))) kept.push(cluster);
    else count(dropped, label === undefined ? (table.clusters.has(cluster) ? 'unsorted' : 'unlisted') : normal(label));
  }
  const total = clusters.length - kept.length;
  for (const [label, n] of dropped) report.dropUnits(label, n);
  if (total) {
    const message = `${total} of ${clusters.length} clusters were left out by their labels in ${table.file}: ${listed(dropped)}`;
    if (kept.length) report.info('clusters-dropped', message, total);
    else report.warning('no-clusters-kept', `${message}. None is left: keepLabels says which labels stay`, total);
  }
  return { labels, kept };
}

/** Keeps all, and says what a label file in the folder would have left out. */
export function keepAll(
  clusters: readonly number[],
  tables: readonly ClusterTable[],
  report: ReportBuilder,
): ClusterLabels {
  const labelled = tables.filter(hasLabels);
  const labels = labelsFrom(clusters, labelled);
  if (labelled.length) {
    const counts = new Map<string, number>();
    for (const cluster of clusters) count(counts, normal(labels.get(cluster) ?? 'unsorted'));
    const files = labelled.map((table) => table.file).join(', ');
    const message = `All ${clusters.length} clusters are kept; ${files} labels them ${listed(counts)}. Pass clusterInfoTsv to filter`;
    report.info('labels-in-folder', message, clusters.length);
  }
  return { labels, kept: [...clusters] };
}

function labelsFrom(clusters: readonly number[], tables: readonly ClusterTable[]): Map<number, string> {
  const labels = new Map<number, string>();
  for (const cluster of clusters) {
    const label = labelIn(tables, cluster);
    if (label !== undefined) labels.set(cluster, label);
  }
  return labels;
}

function count(counts: Map<string, number>, label: string): void {
  counts.set(label, (counts.get(label) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): string {
  const entries = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = entries.slice(0, 10).map(([label, n]) => `${n} ${JSON.stringify(label.slice(0, 40))}`);
  return shown.join(', ') + (entries.length > shown.length ? ', …' : '');
}
