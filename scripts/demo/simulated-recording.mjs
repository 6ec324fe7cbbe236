// A recording that might have come from a linear probe in a cultured slice, with every spike known: neurons beside the probe
// fire on their own and in network bursts, each reaches the sites near it, over noise and a slow field potential.
import { exponential, normal, uniform } from './random.mjs';

export const fsHz = 20_000;
export const seconds = 20;
export const channels = 32;
export const microvoltsPerBit = 0.5;
export const noiseMicrovolts = 6;

const spacingUm = 25;
const neurons = 20;
const refractoryMs = 3;
const burstMs = 150;

/** Returns { traces: Int16Array (channels × samples), units: [{ channel, peakMicrovolts, timesMs }], samples }. */
export function simulatedRecording(seed = 2024) {
  const random = uniform(seed);
  const samples = seconds * fsHz;
  const bursts = burstTimes(random);
  const units = Array.from({ length: neurons }, () => makeUnit(random, bursts));
  const microvolts = background(random, samples);
  for (const unit of units) addSpikes(microvolts, samples, unit, random);
  const traces = Int16Array.from(microvolts, (value) => Math.round(value / microvoltsPerBit));
  return { traces, samples, units: units.sort((a, b) => a.channel - b.channel) };
}

function burstTimes(random) {
  const times = [];
  for (let t = 1500; t < seconds * 1000 - 500; t += 1200 + exponential(random, 2500)) times.push(t);
  return times;
}

function makeUnit(random, bursts) {
  const depthUm = random() * (channels - 1) * spacingUm;
  const channel = Math.round(depthUm / spacingUm);
  // from neurons that no threshold finds to neurons that none misses
  const peakMicrovolts = 28 + 150 * random() ** 2;
  return { depthUm, channel, peakMicrovolts, timesMs: fire(random, bursts) };
}

/** Spontaneous spikes and those in bursts, at least the refractory period apart. */
function fire(random, bursts) {
  const meanMs = 1000 / (0.3 + 4 * random() ** 2);
  const all = [];
  for (let t = exponential(random, meanMs); t < seconds * 1000 - 5; t += exponential(random, meanMs)) all.push(t);
  for (const start of bursts) {
    if (random() < 0.25) continue;
    for (let t = start + 40 * random(); t < start + burstMs; t += 4 + exponential(random, 18)) all.push(t);
  }
  all.sort((a, b) => a - b);
  return all.filter((t, i) => t > 5 && (i === 0 || t - all[i - 1] >= refractoryMs));
}

/** White noise, and a slow potential that all sites share, smaller with depth. */
function background(random, samples) {
  const gauss = normal(random);
  const slow = new Float64Array(samples);
  for (let i = 1; i < samples; i++) slow[i] = 0.9985 * slow[i - 1] + 3 * gauss();
  const out = new Float64Array(channels * samples);
  for (let c = 0; c < channels; c++) {
    const share = 1 - (0.6 * c) / channels;
    for (let i = 0, k = c * samples; i < samples; i++, k++) out[k] = share * slow[i] + noiseMicrovolts * gauss();
  }
  return out;
}

/** A sharp trough of 0.2 ms and the slower return, as extracellular electrodes see a spike near the soma. */
const waveform = (ms) => -Math.exp(-(((ms - 0.5) / 0.11) ** 2)) + 0.3 * Math.exp(-(((ms - 0.95) / 0.25) ** 2));

function addSpikes(microvolts, samples, unit, random) {
  const sites = Array.from({ length: channels }, (_, channel) => ({ channel, share: footprint(unit, channel) }));
  for (const t of unit.timesMs) {
    const amplitude = unit.peakMicrovolts * (0.9 + 0.2 * random());
    const first = Math.ceil(((t - 0.5) * fsHz) / 1000);
    for (const { channel, share } of sites) {
      if (share < 0.02) continue;
      for (let i = first; i < Math.min(first + 40, samples); i++)
        microvolts[channel * samples + i] += amplitude * share * waveform((i * 1000) / fsHz - (t - 0.5));
    }
  }
}

/** The part of its peak that a unit shows on a channel: half of it 30 µm away. */
export const footprint = (unit, channel) => 1 / (1 + ((unit.depthUm - channel * spacingUm) / 30) ** 4);
