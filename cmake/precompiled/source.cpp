// Carries the precompiled headers (cmake/Precompiled.cmake); it has nothing of its own.
