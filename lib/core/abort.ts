/** Listening to AbortSignals: one listener of ours a signal, however many jobs (fifty pieces read at a time) wait on it. */

interface Listening {
  stops: Set<() => void>;
  listener: () => void;
}

const listening = new WeakMap<AbortSignal, Listening>();

/**
 * Calls `stop` once when `signal` aborts. Node takes more than ten listeners on one signal for a leak and warns the user of
 * it, but reading fifty pieces at a time is none.
 *
 * @returns what ends the listening
 */
export function onAbort(signal: AbortSignal | undefined, stop: () => void): () => void {
  if (!signal) return () => {};
  const { stops, listener } = listening.get(signal) ?? listenTo(signal);
  // a new function each time: a set would keep the same `stop`, registered by two jobs, only once
  const entry = () => stop();
  stops.add(entry);
  return () => {
    if (!stops.delete(entry) || stops.size > 0) return;
    // without listeners AbortSignal.any's result can be collected; one left on it would keep it, and its sources, alive
    signal.removeEventListener('abort', listener);
    listening.delete(signal);
  };
}

function listenTo(signal: AbortSignal): Listening {
  const stops = new Set<() => void>();
  const listener = () => {
    for (const stop of [...stops]) stop();
  };
  signal.addEventListener('abort', listener, { once: true });
  const entry = { stops, listener };
  listening.set(signal, entry);
  return entry;
}
