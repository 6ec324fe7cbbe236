// Registers each function of the binding contract (lib/addon/contract.ts), in its order. No logic here.
#include <hdf5.h>
#include <napi.h>

#include "../core/large_memory.h"
#include "bindings.h"
#include "job.h"

namespace {

using Function = Napi::Value (*)(const Napi::CallbackInfo&);

constexpr struct {
  const char* name;
  Function function;
} kFunctions[] = {
    {"buildInfo", spikelab::bindings::buildInfo},
    {"exchangePaths", spikelab::bindings::exchangePaths},
    {"groupSpikes", spikelab::bindings::groupSpikes},
    {"groupSpikesJob", spikelab::bindings::groupSpikesJob},
    {"splitRagged", spikelab::bindings::splitRagged},
    {"splitRaggedJob", spikelab::bindings::splitRaggedJob},
    {"expandRaster", spikelab::bindings::expandRaster},
    {"expandRasterJob", spikelab::bindings::expandRasterJob},
    {"writeHdf5", spikelab::bindings::writeHdf5},
    {"rangesOpen", spikelab::bindings::rangesOpen},
    {"rangesSupply", spikelab::bindings::rangesSupply},
    {"rangesGaps", spikelab::bindings::rangesGaps},
    {"rangesTrim", spikelab::bindings::rangesTrim},
    {"hdf5Open", spikelab::bindings::hdf5Open},
    {"hdf5Close", spikelab::bindings::hdf5Close},
    {"hdf5List", spikelab::bindings::hdf5List},
    {"hdf5Walk", spikelab::bindings::hdf5Walk},
    {"hdf5Exists", spikelab::bindings::hdf5Exists},
    {"hdf5Describe", spikelab::bindings::hdf5Describe},
    {"hdf5Attributes", spikelab::bindings::hdf5Attributes},
    {"hdf5Read", spikelab::bindings::hdf5Read},
    {"hdf5ReadTrains", spikelab::bindings::hdf5ReadTrains},
    {"hdf5ReadStrings", spikelab::bindings::hdf5ReadStrings},
    {"hdf5ReadReferences", spikelab::bindings::hdf5ReadReferences},
    {"hdf5ReadRegions", spikelab::bindings::hdf5ReadRegions},
    {"hdf5ReadRecords", spikelab::bindings::hdf5ReadRecords},
    {"binSparse", spikelab::bindings::binSparse},
    {"binDense", spikelab::bindings::binDense},
    {"designButterworth", spikelab::bindings::designButterworth},
    {"filterPadding", spikelab::bindings::filterPadding},
    {"filterTraces", spikelab::bindings::filterTraces},
    {"detectTraces", spikelab::bindings::detectTraces},
    {"readPicklePayloads", spikelab::bindings::readPicklePayloads},
    {"readRecordHeads", spikelab::bindings::readRecordHeads},
    {"peaksOpen", spikelab::bindings::peaksOpen},
    {"peaksNext", spikelab::bindings::peaksNext},
    {"peaksDeliver", spikelab::bindings::peaksDeliver},
    {"peaksFromMemory", spikelab::bindings::peaksFromMemory},
    {"peaksFromSource", spikelab::bindings::peaksFromSource},
    {"peaksResult", spikelab::bindings::peaksResult},
    {"peaksCut", spikelab::bindings::peaksCut},
    {"peaksTakeCuts", spikelab::bindings::peaksTakeCuts},
    {"peaksMeasure", spikelab::bindings::peaksMeasure},
    {"peaksTakeMeasures", spikelab::bindings::peaksTakeMeasures},
    {"takeReference", spikelab::bindings::takeReference},
    {"streamOpen", spikelab::bindings::streamOpen},
    {"streamNext", spikelab::bindings::streamNext},
    {"streamDeliver", spikelab::bindings::streamDeliver},
    {"streamResult", spikelab::bindings::streamResult},
    {"detectSource", spikelab::bindings::detectSource},
    {"confine", spikelab::bindings::confine},
    {"largeBytes", spikelab::bindings::largeBytes},
    {"keepFromChildren", spikelab::bindings::keepFromChildren},
};

Napi::Object init(Napi::Env env, Napi::Object exports) {
  spikelab::keepFreedMemory();
  // Before any other HDF5 call: its atexit handler would wait for a read that is still running.
  H5dont_atexit();
  spikelab::initJobs(env);
  for (const auto& entry : kFunctions) exports[entry.name] = Napi::Function::New(env, entry.function, entry.name);
  return exports;
}

}  // namespace

NODE_API_MODULE(spikelab, init)
