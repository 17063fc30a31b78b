# Puts files into the binary.
#
#   reweave_embed(TARGET <name> <folder> <regex> [<name> <folder> <regex>]...)
#
# makes a static library TARGET that defines reweave::app::embedded_files() (bot/app/embedded.hpp) over all files below each
# folder whose paths match its regex; their paths in the binary begin with its name. A file that changes is assembled again; one
# that comes or goes is noticed by the next build.
#
# Assembly's .incbin takes no time and no memory for a file of any size; an array literal in C++ takes much of both.

function(reweave_embed target)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${target})
  set(paths "")
  set(sources "")
  while(ARGN)
    list(POP_FRONT ARGN name folder regex)
    file(GLOB_RECURSE found CONFIGURE_DEPENDS RELATIVE ${folder} ${folder}/*)
    list(FILTER found INCLUDE REGEX ${regex})
    foreach(file IN LISTS found)
      list(APPEND paths ${name}/${file})
      set(source_of_${name}/${file} ${folder}/${file})
      list(APPEND sources ${folder}/${file})
    endforeach()
  endwhile()
  list(SORT paths)
  list(LENGTH paths count)

  set(assembly ".section .rodata\n")
  set(declarations "")
  set(rows "")
  set(index 0)
  foreach(path IN LISTS paths)
    set(symbol reweave_file_${index})
    string(APPEND assembly ".balign 16\n.global ${symbol}\n${symbol}:\n.incbin \"${source_of_${path}}\"\n"
                           ".global ${symbol}_end\n${symbol}_end:\n.byte 0\n")
    string(APPEND declarations "extern \"C\" const char ${symbol}[], ${symbol}_end[];\n")
    string(APPEND rows "        file(\"${path}\", ${symbol}, ${symbol}_end),\n")
    math(EXPR index "${index} + 1")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")

  file(CONFIGURE OUTPUT ${out}/files.S CONTENT "${assembly}" @ONLY)
  set_source_files_properties(${out}/files.S PROPERTIES OBJECT_DEPENDS "${sources}")
  configure_file(${PROJECT_SOURCE_DIR}/cmake/embedded.cpp.in ${out}/index.cpp @ONLY)
  add_library(${target} STATIC ${out}/index.cpp ${out}/files.S)
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
endfunction()
