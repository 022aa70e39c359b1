// Owns the precompiled header that modules share; see suan_library.cmake.
