#pragma once

#include <vector>

#include "engine/weights/file_set.h"
#include "engine/weights/model_file.h"

namespace suan::engine {

/// Starts the reader over already open files and returns the bytes that it answers.
///
/// The child gets the files at descriptors from 3 on, no environment, and nothing else of this
/// process. It is gone when this returns.
/// Errors:   ModelError when it cannot start, crashes, says nothing, or takes too long
[[nodiscard]] std::vector<unsigned char> ask_reader(const ReaderCommand& command,
                                                    const FileSet& set);

}  // namespace suan::engine
