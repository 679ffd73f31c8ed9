# Writes OUTPUT: the files of FOLDER as arrays of bytes, and their SHA-256 in hexadecimal, for
# page_files.cpp.
set(text "// The bundle of web/dist as bytes; made by embed_page.cmake.\n#include \"web/server/page_bytes.hpp\"\n\nnamespace tarama::web {\n")
foreach(name app.js app.css)
  file(READ ${FOLDER}/${name} digits HEX)
  file(SHA256 ${FOLDER}/${name} hash)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${digits}")
  string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
  string(REPLACE "." "_" variable ${name})
  string(APPEND text "static const unsigned char ${variable}_bytes[] = {${bytes}};\n"
    "const PageBytes ${variable} = {${variable}_bytes, sizeof ${variable}_bytes, \"${hash}\"};\n")
endforeach()
string(APPEND text "}  // namespace tarama::web\n")
file(WRITE ${OUTPUT} "${text}")
