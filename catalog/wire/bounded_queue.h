#pragma once

// The queue moved to types, since the store needs it too.
#include "catalog/types/bounded_queue.h"  // IWYU pragma: export
