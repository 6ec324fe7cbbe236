#include "../spikes/raster.h"

#include "arguments.h"
#include "bindings.h"
#include "spikes_trains.h"

namespace spikelab::bindings {
namespace {

Prepared prepare(Napi::Object request) {
  RasterRequest raster;
  Borrowed borrowed{request.Get("counts")};
  raster.counts = toNumericView(borrowed[0]);
  raster.rows = static_cast<size_t>(numberOf(request, "rows", 0));
  raster.bins = static_cast<size_t>(numberOf(request, "bins", 0));
  raster.binMs = numberOf(request, "binMs", 1);
  raster.startMs = numberOf(request, "startMs", 0);
  raster.maxSpikes = numberOf(request, "maxSpikes", 0);
  return {std::move(borrowed),
          [raster](Control& control) { return trainsResult(spikelab::expandRaster(raster, control)); }};
}

}  // namespace

Napi::Value expandRaster(const Napi::CallbackInfo& info) {
  return runNow(info, prepare);
}

Napi::Value expandRasterJob(const Napi::CallbackInfo& info) {
  return runAsJob(info, prepare);
}

}  // namespace spikelab::bindings
