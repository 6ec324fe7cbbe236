/** What Prometheus collects. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Database } from '../database/contract.js';

export class Metrics {
  readonly registry = new Registry();
  readonly #seconds: Histogram<'do' | 'result'>;
  readonly #failures: Counter<'code'>;
  readonly #bytes: Counter<'way'>;
  readonly #peak: Gauge;
  readonly #requests: Histogram<'method' | 'route' | 'status'>;

  constructor(database: Database) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    this.#seconds = new Histogram({
      name: 'spikelab_job_seconds',
      help: 'Time that jobs took, from taking to result',
      labelNames: ['do', 'result'],
      buckets: [0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3600],
      registers,
    });
    this.#failures = new Counter({
      name: 'spikelab_job_failures_total',
      help: 'Jobs that failed, by code',
      labelNames: ['code'],
      registers,
    });
    this.#bytes = new Counter({
      name: 'spikelab_bytes_total',
      help: 'Bytes of uploads that came in and of results that went out',
      labelNames: ['way'],
      registers,
    });
    this.#peak = new Gauge({
      name: 'spikelab_job_peak_bytes',
      help: 'Most memory that the processes of the last job had',
      registers,
    });
    this.#requests = new Histogram({
      name: 'spikelab_request_seconds',
      help: 'Time that requests took, by route',
      labelNames: ['method', 'route', 'status'],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60, 600],
      registers,
    });
    new Gauge({
      name: 'spikelab_jobs',
      help: 'Jobs by state, of all processes on the database',
      labelNames: ['state'],
      registers,
      async collect() {
        for (const state of ['queued', 'active', 'done', 'failed', 'cancelled']) this.set({ state }, 0);
        const rows = await database.query<{ state: string; count: number }>(
          'SELECT state, count(*)::int AS count FROM spikelab.jobs GROUP BY state',
        );
        for (const { state, count } of rows) this.set({ state }, count);
      },
    });
  }

  ended(operation: string, code: string | null, seconds: number): void {
    this.#seconds.observe({ do: operation, result: code === null ? 'done' : 'failed' }, seconds);
    if (code !== null) this.#failures.inc({ code });
  }

  peak(bytes: number): void {
    if (bytes > 0) this.#peak.set(bytes);
  }

  moved(way: 'in' | 'out', bytes: number): void {
    this.#bytes.inc({ way }, bytes);
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status: String(status) }, seconds);
  }
}
