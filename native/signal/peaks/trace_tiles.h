// The traces of a recording, block by block from the last to the first, bit for bit as scipy and numpy compute them.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "../../parallel/control.h"
#include "../exact/exact_filter.h"
#include "../filter/traces_piece.h"
#include "../noise/constancy.h"
#include "common_reference.h"
#include "trace_task.h"

namespace spikelab {

// Work of another kind that goes along with a piece, such as reading the next one: body(index, worker).
struct SideWork {
  size_t count = 0;
  std::function<void(size_t, size_t)> body;
};

class TraceTiles {
 public:
  using Step = ExactSchedule::Step;

  // `unit`: blocks are best multiples of this many samples; 0: any. The saturated periods of the task are known.
  TraceTiles(const Kernels& kernels, const TraceTask& task, size_t unit, size_t frameBytes);

  // The stretch that is wanted; false when the sweep that was entered is over.
  bool next(uint64_t& start, size_t& count) const;
  // The stretch after it, where that is certain.
  bool following(uint64_t& start, size_t& count) const;
  // The piece that was wanted. kTraces: it now has those of samples [start(), start() + count()). kGuess: about those,
  // of some blocks of the forward sweep, whose end was left out.
  enum class Got { kNothing, kGuess, kTraces };
  Got deliver(const TracesPiece& piece, Control& control, const SideWork& side);
  // Moves on; true where a sweep ends with this.
  bool advance();
  void enter(Step step) { schedule_.enter(step); }
  Step step() const { return schedule_.step(); }

  uint64_t start() const { return start_; }
  size_t count() const { return count_; }
  size_t tiles() const { return tiles_.size(); }
  // Rows of 16 channels.
  double* rows(size_t tile) { return tiles_[tile]->rows.row(0); }
  size_t longest() const { return block_; }
  // Whether all stored samples of a channel were the same, once all have gone by.
  bool flat(size_t channel) const { return tiles_[channel / kLanes]->constancy[channel % kLanes].holds(); }

 private:
  struct Tile {
    std::unique_ptr<ExactFilter> filter;
    TileBuffer rows;
    Constancy constancy[kLanes];
    bool ready = false;
  };
  void prepare(Tile& tile, size_t index, const TracesPiece& piece);
  void zero(double* rows) const;
  bool guesses() const;
  void takeReference(Control& control);

  const Kernels& kernels_;
  const TraceTask& task_;
  FilterPlan plan_;
  CommonReference reference_;
  size_t block_;
  ExactSchedule schedule_;
  std::vector<std::unique_ptr<Tile>> tiles_;
  uint64_t start_ = 0;
  size_t count_ = 0;
};

}  // namespace spikelab
