#include "bench/scenario/devices_file.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <string_view>

#include "catalog/types/text.h"

namespace suan::bench {

namespace {

constexpr double kMost = 1e6;

struct Figure {
  double value = 0;  // 0: the cell is empty
  bool is_measured = false;
};

Figure read_figure(CsvTable& table, size_t row, size_t column) {
  std::string_view text = table.cell(row, column);
  Figure figure;
  if (text.empty()) return figure;
  figure.is_measured = text.back() == 'm';
  if (figure.is_measured) text.remove_suffix(1);
  const auto [end, fault] =
      std::from_chars(text.data(), text.data() + text.size(), figure.value);
  const bool is_number = fault == std::errc() && end == text.data() + text.size();
  if (!is_number || !(figure.value > 0 && figure.value <= kMost)) {
    table.complain(row, fmt::format("\"{}\" is no figure above 0 and up to {}, with or without "
                                    "an m for measured",
                                    printable(table.cell(row, column), 40), kMost));
  }
  return figure;
}

/// The measured column, else the first peak that is there.
Figure best(CsvTable& table, size_t row, size_t measured, std::initializer_list<size_t> peaks) {
  Figure figure = read_figure(table, row, measured);
  figure.is_measured = true;
  for (const size_t peak : peaks) {
    if (figure.value == 0) figure = read_figure(table, row, peak);
  }
  if (!figure.is_measured) figure.value *= kShareOfPeak;
  return figure;
}

std::string_view how(const Figure& figure) {
  if (figure.value == 0) return "unknown";
  return figure.is_measured ? "measured" : "0.8 x peak";
}

constexpr size_t kDevicesMax = 1'000;

}  // namespace

Result<std::vector<DeviceProfile>> read_devices(NamedText file) {
  auto table =
      CsvTable::read(std::move(file), {"name", "mem_gb", "mem_bw_peak_gbps",
                                       "mem_bw_measured_gbps", "fp16_peak_tflops",
                                       "bf16_peak_tflops", "bf16_measured_tflops", "source"});
  if (!table) return forward(table.error());
  std::vector<DeviceProfile> devices;
  if (table->rows() > kDevicesMax)
    return fail(ErrorCode::BadRequest, "more than {} devices", kDevicesMax);
  for (size_t row = 0; row < table->rows() && !table->error(); ++row) {
    const std::string name = printable(table->cell(row, 0), 64);
    if (std::ranges::find(devices, name, &DeviceProfile::name) != devices.end()) {
      table->complain(row, name + " is there twice");
    }
    const Figure bandwidth = best(*table, row, 3, {2});
    const Figure compute = best(*table, row, 6, {5, 4});
    devices.push_back(
        {.name = name,
         .memory_gb = table->number(row, 1, 0.1, 1e5),
         .bandwidth_gb_s = bandwidth.value,
         .compute_tflops = compute.value,
         .source = printable(table->cell(row, 7)),
         .how = fmt::format("bandwidth {}, compute {}", how(bandwidth), how(compute))});
  }
  if (table->error()) return forward(*table->error());
  return devices;
}

}  // namespace suan::bench
