// The functions that cross into JavaScript, in the order of NativeBinding in lib/addon/contract.ts. Each reads its
// arguments, starts a job or calls the plain C++ layer, and converts the result; nothing else.
#pragma once

#include <napi.h>

namespace spikelab::bindings {

Napi::Value buildInfo(const Napi::CallbackInfo& info);
Napi::Value exchangePaths(const Napi::CallbackInfo& info);
Napi::Value writeHdf5(const Napi::CallbackInfo& info);

Napi::Value groupSpikes(const Napi::CallbackInfo& info);
Napi::Value groupSpikesJob(const Napi::CallbackInfo& info);
Napi::Value splitRagged(const Napi::CallbackInfo& info);
Napi::Value splitRaggedJob(const Napi::CallbackInfo& info);
Napi::Value expandRaster(const Napi::CallbackInfo& info);
Napi::Value expandRasterJob(const Napi::CallbackInfo& info);
Napi::Value rangesOpen(const Napi::CallbackInfo& info);
Napi::Value rangesSupply(const Napi::CallbackInfo& info);
Napi::Value rangesGaps(const Napi::CallbackInfo& info);
Napi::Value rangesTrim(const Napi::CallbackInfo& info);
Napi::Value hdf5Open(const Napi::CallbackInfo& info);
Napi::Value hdf5Close(const Napi::CallbackInfo& info);
Napi::Value hdf5List(const Napi::CallbackInfo& info);
Napi::Value hdf5Walk(const Napi::CallbackInfo& info);
Napi::Value hdf5Exists(const Napi::CallbackInfo& info);
Napi::Value hdf5Describe(const Napi::CallbackInfo& info);
Napi::Value hdf5Attributes(const Napi::CallbackInfo& info);
Napi::Value hdf5Read(const Napi::CallbackInfo& info);
Napi::Value hdf5ReadTrains(const Napi::CallbackInfo& info);
Napi::Value hdf5ReadStrings(const Napi::CallbackInfo& info);
Napi::Value hdf5ReadReferences(const Napi::CallbackInfo& info);
Napi::Value hdf5ReadRegions(const Napi::CallbackInfo& info);
Napi::Value hdf5ReadRecords(const Napi::CallbackInfo& info);
Napi::Value binSparse(const Napi::CallbackInfo& info);
Napi::Value binDense(const Napi::CallbackInfo& info);
Napi::Value designButterworth(const Napi::CallbackInfo& info);
Napi::Value filterPadding(const Napi::CallbackInfo& info);
Napi::Value filterTraces(const Napi::CallbackInfo& info);
Napi::Value detectTraces(const Napi::CallbackInfo& info);
Napi::Value readPicklePayloads(const Napi::CallbackInfo& info);
Napi::Value readRecordHeads(const Napi::CallbackInfo& info);
Napi::Value streamOpen(const Napi::CallbackInfo& info);
Napi::Value streamNext(const Napi::CallbackInfo& info);
Napi::Value streamDeliver(const Napi::CallbackInfo& info);
Napi::Value streamResult(const Napi::CallbackInfo& info);
Napi::Value peaksOpen(const Napi::CallbackInfo& info);
Napi::Value peaksNext(const Napi::CallbackInfo& info);
Napi::Value peaksDeliver(const Napi::CallbackInfo& info);
Napi::Value peaksFromMemory(const Napi::CallbackInfo& info);
Napi::Value peaksFromSource(const Napi::CallbackInfo& info);
Napi::Value peaksResult(const Napi::CallbackInfo& info);
Napi::Value peaksCut(const Napi::CallbackInfo& info);
Napi::Value peaksTakeCuts(const Napi::CallbackInfo& info);
Napi::Value peaksMeasure(const Napi::CallbackInfo& info);
Napi::Value peaksTakeMeasures(const Napi::CallbackInfo& info);
Napi::Value takeReference(const Napi::CallbackInfo& info);
Napi::Value detectSource(const Napi::CallbackInfo& info);
Napi::Value confine(const Napi::CallbackInfo& info);
Napi::Value largeBytes(const Napi::CallbackInfo& info);
Napi::Value keepFromChildren(const Napi::CallbackInfo& info);

}  // namespace spikelab::bindings
