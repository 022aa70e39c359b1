#include "engine/weights/convert.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <limits>
#include <map>

#include "engine/backend/worker_pool.h"
#include "engine/weights/convert_plan.h"
#include "engine/weights/gguf_keys.h"
#include "engine/weights/gguf_writer.h"
#include "engine/weights/quantize.h"
#include "engine/weights/refuse.h"

namespace suan::engine {
namespace {

constexpr uint64_t kPieceValues = 4 << 20;  // worked on at once, by all threads
constexpr size_t kQuantizeCost = 100;       // multiply-adds for a value, roughly

/// Works through a plan, a piece of a tensor at a time.
class Converter {
 public:
  Converter(const std::vector<PlannedTensor>& plan,
            GgufWriter& file,
            uint32_t threads,
            const ConvertProgress& on_progress)
      : plan_(&plan), file_(&file), pool_(threads), on_progress_(&on_progress) {
    for (const PlannedTensor& tensor : plan)
      total_ += *tensor_bytes(tensor.type, tensor.shape);
    values_.resize(threads);
  }

  void run() {
    for (const PlannedTensor& tensor : *plan_) {
      const uint64_t step = std::max<uint64_t>(1, kPieceValues / tensor.group_values);
      for (uint64_t first = 0; first < tensor.groups; first += step)
        convert(tensor, first, std::min(step, tensor.groups - first));
    }
  }

 private:
  void convert(const PlannedTensor& tensor, uint64_t first, uint64_t count) {
    const uint64_t group_bytes = *tensor_bytes(tensor.type, tensor.shape) / tensor.groups;
    bytes_.resize(count * group_bytes);
    for (std::vector<float>& each : values_)
      each.resize(tensor.group_values);
    pool_.run(count, tensor.group_values * kQuantizeCost,
              [&](size_t begin, size_t end, size_t worker) {
                for (size_t i = begin; i < end; ++i) {
                  store(tensor, first + i, values_[worker], bytes_.data() + i * group_bytes,
                        group_bytes);
                }
              });
    if (!holds_all_) {
      refuse(tensor.name, "has values that are no numbers, or too large for {}",
             name_of(tensor.type));
    }
    file_->write(bytes_);
    done_ += bytes_.size();
    if (*on_progress_) (*on_progress_)(done_, total_);
  }

  void store(const PlannedTensor& tensor,
             uint64_t group,
             std::span<float> values,
             unsigned char* out,
             uint64_t group_bytes) {
    if (tensor.stored) {
      std::memcpy(out, tensor.stored(group), group_bytes);
      return;
    }
    tensor.read(group, values);
    const float limit =
        tensor.type == TensorType::F16 ? 65504 : std::numeric_limits<float>::max();
    const auto is_held = [limit](float value) { return std::fabs(value) <= limit; };  // not NaN
    if (!std::ranges::all_of(values, is_held)) holds_all_ = false;
    quantize(tensor.type, values, out);
  }

  const std::vector<PlannedTensor>* plan_;
  GgufWriter* file_;
  WorkerPool pool_;
  const ConvertProgress* on_progress_;
  uint64_t done_ = 0;
  uint64_t total_ = 0;
  std::vector<unsigned char> bytes_;
  std::vector<std::vector<float>> values_;  // one for each worker
  std::atomic<bool> holds_all_{true};
};

/// The type of most of the new file, by bytes.
TensorType commonest_type(const std::vector<PlannedTensor>& plan) {
  std::map<TensorType, uint64_t> bytes;
  for (const PlannedTensor& tensor : plan)
    bytes[tensor.type] += *tensor_bytes(tensor.type, tensor.shape);
  return std::ranges::max_element(bytes, {}, [](const auto& each) { return each.second; })
      ->first;
}

}  // namespace

void convert_model(const ModelFile& model,
                   const std::filesystem::path& out,
                   const ConvertWish& wish,
                   const ConvertProgress& on_progress) {
  if (model.manifest().tensors.empty()) {
    refuse(out.filename().string(), "cannot be written: the input has no weights");
  }
  const std::vector<PlannedTensor> plan = plan_tensors(model, wish);
  GgufWriter file(out);
  write_keys(file, model.manifest(), wish.type.value_or(commonest_type(plan)),
             LatentForm::Split);
  for (const PlannedTensor& tensor : plan)
    file.tensor(tensor.name, tensor.type, tensor.shape);
  file.begin_data();
  Converter(plan, file, wish.threads, on_progress).run();
  file.finish();
}

}  // namespace suan::engine
