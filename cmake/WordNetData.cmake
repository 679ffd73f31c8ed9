# data/wordnet/*.tsv, the example sweeps' data, made of the dictionary WordNet (Debian package
# wordnet-base) whenever they are missing or older than the script that makes them.
# Without the dictionary the rest still builds; the quickstart then says which file is missing.
find_program(wordnet_python python3 NO_CACHE)
set(wordnet_source /usr/share/wordnet/data.noun)
if(wordnet_python AND EXISTS ${wordnet_source})
  set(wordnet_folder ${PROJECT_SOURCE_DIR}/data/wordnet)
  set(wordnet_script ${PROJECT_SOURCE_DIR}/tools/make_wordnet.py)
  set(wordnet_files train.tsv eval.tsv brief-train.tsv brief-eval.tsv)
  list(TRANSFORM wordnet_files PREPEND ${wordnet_folder}/)
  add_custom_command(
    OUTPUT ${wordnet_files}
    COMMAND ${wordnet_python} ${wordnet_script} ${wordnet_folder}
    DEPENDS ${wordnet_script} ${wordnet_source}
    COMMENT "Making data/wordnet"
    VERBATIM)
  add_custom_target(wordnet_data ALL DEPENDS ${wordnet_files})
else()
  message(STATUS "data/wordnet is not made: python3 or ${wordnet_source} is missing (apt-get install python3 wordnet-base)")
  add_custom_target(wordnet_data)
endif()
