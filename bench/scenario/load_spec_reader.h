#pragma once

#include "bench/scenario/scenario_spec.h"
#include "bench/spec_reader.h"

// Heavy: only .cpp files include this header.

namespace suan::bench {

void read_slo(const SpecObject& top, SloSpec& slo);
void read_load(const SpecObject& top, LoadSpec& load);
void read_events(const SpecObject& top, ScenarioSpec& spec);

}  // namespace suan::bench
