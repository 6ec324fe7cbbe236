/** Which option a name was meant for: another spelling, another library's word for it, a part of it, or a slip of the finger. */

/** Words that are in use elsewhere (mostly Python libraries), and the options that they may mean here. */
const otherWords: readonly (readonly [words: string, meant: string])[] = [
  [
    'fs fshz rate sr hz srate frequency samplerate samplingrate samplefrequency samplingfrequency',
    'fsHz samplingFrequency',
  ],
  ['threshold thresh sigma nsigma nstd std zscore detectthreshold thresholdsigma', 'thresholdSigma'],
  ['nchannels numchannels numberofchannels channelcount nchan nsavedchans nch', 'channels'],
  ['unit units timeunit timeunits', 'spikeTimesUnit timesUnit groupTimeUnit timeUnit'],
  ['units ids clusters cells clusterids unitids unit unitid', 'unitIds clusterIds'],
  ['length lengthms duration durationms reclength tstop', 'lengthMs length'],
  ['start startms startime starttime starttimems tstart t0', 'startTimeMs startTime'],
  ['window timewindow timerange range interval', 'windowMs'],
  ['unitspath unitstable table group grouppath unitsgroup', 'unitsPath group groupPerUnit'],
  ['raster', 'rasterDataset'],
  ['spiketimes', 'spikeTimesDataset spikeTimesFile'],
  ['spikeclusters', 'spikeClustersFile'],
  ['binsize binsizems binms bin binwidth', 'rasterBinSizeMs'],
  ['index convention', 'spikeTimesIndex'],
  ['idces indices', 'idcesDataset'],
  ['segment segmentid seg segmentnumber', 'segmentIndex'],
  ['datatype type numpytype', 'dtype'],
  ['offset header headerbytes skip skipbytes', 'byteOffset'],
  ['orientation axes axisorder', 'layout'],
  ['order lowcut highcut bandpass freqmin freqmax butterworth', 'filter'],
  ['freqmin highpass low fmin', 'lowcut'],
  ['freqmax lowpass high fmax', 'highcut'],
  ['polarity sign edge peaksign', 'direction'],
  ['mad noiselevel noisemethod', 'noise'],
  ['njobs jobs workers numthreads nthreads', 'threads'],
  ['memory maxmemory memorylimit memorymb ram', 'memoryBytes'],
  ['timeout timelimit', 'timeoutMs'],
  ['abort abortsignal abortcontroller controller', 'signal'],
  ['progress progressbar callback verbose', 'onProgress'],
  ['warn warning warnings onwarn logger', 'onWarning'],
  ['region awsregion', 'regionName'],
  ['endpoint s3endpoint', 'endpointUrl'],
  ['accesskey accesskeyid awsaccesskey', 'awsAccessKeyId'],
  ['secret secretkey secretaccesskey awssecretkey', 'awsSecretAccessKey'],
  ['sessiontoken awstoken', 'awsSessionToken'],
  ['anon unsigned nosignrequest public', 'anonymous'],
  ['sandbox child subprocess', 'isolate'],
  ['symlinks links followsymlinks', 'followLinks'],
  ['stream streamid streamname series path key datasetpath h5path recording', 'dataset'],
  ['meta', 'metadata'],
  ['attributes attrs neuronattrs unitattributes', 'neuronAttributes'],
  ['raw traces rawtraces', 'rawData rawDataset keepRaw'],
  ['n nunits numunits count', 'N'],
  ['labels groups quality', 'keepLabels'],
  ['tsv clusterinfo clustergroup labelsfile', 'clusterInfoTsv'],
  ['noise', 'includeNoise'],
  ['allowempty', 'allowNoUnits'],
  ['attribute attr channel', 'channelAttr by'],
  ['sort sorted keeporder', 'preserveOrder'],
  ['dropattributes', 'dropNeuronAttributes'],
  ['shift', 'shiftTo timeOffset offset'],
  ['gap', 'offset gapToleranceMs'],
  ['indices neurons', 'neuronIndices'],
  ['token apikey dandiapikey', 'apiToken'],
  ['url base server api', 'apiBase baseUrl'],
  ['dandiset', 'dandisetId'],
  ['glob pattern', 'pathGlob'],
  ['folder dir directory outputdir cache', 'downloadDir cacheDir'],
  ['user login', 'username'],
  ['regions brainregions', 'targetRegions'],
  ['minfraction fraction', 'minFractionInTarget'],
  ['format kind', 'style'],
  ['style kind', 'format'],
];

const meantBy = new Map<string, string[]>();
for (const [words, meant] of otherWords) {
  for (const word of words.split(' ')) meantBy.set(word, [...(meantBy.get(word) ?? []), ...meant.split(' ')]);
}

/** Case, and what joins words, do not count: fs_Hz and fsHz are one. */
const normal = (name: string) => name.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Of the known names those that `name` most likely means, at most four; none where nothing is near. */
export function nearestNames(name: string, known: readonly string[]): string[] {
  // longer ones are no names, and comparing letter by letter takes the square of the length
  const asked = normal(name.slice(0, 60));
  const same = known.filter((other) => normal(other) === asked);
  if (same.length > 0) return same;
  const meant = meantBy.get(asked)?.filter((other) => known.includes(other)) ?? [];
  if (meant.length > 0) return meant;
  const slips = closest(asked, known, 1);
  if (slips.length > 0) return slips;
  const parts = known.filter((other) => contains(normal(other), asked) || contains(asked, normal(other)));
  return (parts.length > 0 ? parts : closest(asked, known, Math.min(3, Math.floor(asked.length / 3)))).slice(0, 4);
}

/** Shorter parts are in too many names by chance. */
function contains(whole: string, part: string): boolean {
  return part.length >= 4 && whole.includes(part);
}

function closest(asked: string, known: readonly string[], most: number): string[] {
  const distances = known.map((other) => editDistance(asked, normal(other)));
  const least = Math.min(...distances);
  return least <= most && least < asked.length ? known.filter((_, i) => distances[i] === least) : [];
}

/** Letters to insert, leave out, replace, or exchange with their neighbour. */
function editDistance(a: string, b: string): number {
  let [before, last] = [[] as number[], Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      row[j] = Math.min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1));
      const exchanged = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (exchanged) row[j] = Math.min(row[j], before[j - 2] + 1);
    }
    [before, last] = [last, row];
  }
  return last[b.length];
}
