// Compares detected spikes with the spikes that were put in.

const toleranceMs = 0.5;

/** How many spikes of each unit were found on the channel nearest to it, and how many detections no unit explains. */
export function score(sd, units, reaches) {
  const rows = units.map((unit) => {
    const found = unit.timesMs.filter((t) => near(sd.train[unit.channel], t)).length;
    return { ...unit, found };
  });
  let unexplained = 0;
  sd.train.forEach((train, channel) => {
    const causes = Float64Array.from(units.filter((u) => reaches(u, channel)).flatMap((unit) => unit.timesMs)).sort();
    for (const t of train) if (!near(causes, t)) unexplained++;
  });
  return { rows, unexplained };
}

/** Whether the sorted times have one within the tolerance of t. */
function near(times, t) {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] < t - toleranceMs) low = middle + 1;
    else high = middle;
  }
  return low < times.length && times[low] <= t + toleranceMs;
}
