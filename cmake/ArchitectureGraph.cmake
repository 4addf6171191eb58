# `cmake --build build/dev --target architecture` draws the targets' graph (needs graphviz for the picture).
set(GRAPHVIZ_EXTERNAL_LIBS OFF)
add_custom_target(architecture
  COMMAND ${CMAKE_COMMAND} --graphviz=${CMAKE_BINARY_DIR}/architecture.dot ${CMAKE_BINARY_DIR}
  COMMENT "architecture.dot: who links whom" VERBATIM)
