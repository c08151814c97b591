import type { FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Step } from '../batch.ts';

type WatchedPool = Readonly<{ totalCount: number; idleCount: number; waitingCount: number }>;

/** What the service measures of itself, in Prometheus' form. */
export type Metrics = Readonly<{
  registry: Registry;
  /** For the unit of work: counts how many commands share a transaction. */
  onStep: (step: Step, batchSize: number) => void;
  observeAnswer: (request: FastifyRequest, reply: FastifyReply) => Promise<void>;
}>;

/** Measures requests, batches, the event loop and the connection pools given by name. */
export function createMetrics(pools: Readonly<Record<string, WatchedPool>>): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const duration = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the first byte of a request to the last of its answer',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
    registers: [registry],
  });
  const batch = new Histogram({
    name: 'command_batch_size',
    help: 'Commands that shared one transaction',
    buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    registers: [registry],
  });
  new Gauge({
    name: 'database_connections',
    help: 'Connections of a pool by state; waiting counts callers without one',
    labelNames: ['pool', 'state'],
    registers: [registry],
    collect() {
      for (const [pool, { totalCount, idleCount, waitingCount }] of Object.entries(pools)) {
        this.set({ pool, state: 'busy' }, totalCount - idleCount);
        this.set({ pool, state: 'idle' }, idleCount);
        this.set({ pool, state: 'waiting' }, waitingCount);
      }
    },
  });
  return {
    registry,
    onStep: (step, batchSize) => {
      if (step === 'begun') batch.observe(batchSize);
    },
    observeAnswer: async (request, reply) => {
      const route = request.routeOptions.url ?? 'unknown';
      duration.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
    },
  };
}
