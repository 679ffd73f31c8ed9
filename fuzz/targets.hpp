// What reads bytes from outside, each as a function that is given any bytes at all: libFuzzer
// drives them (fuzz_main.cpp), and a test runs the committed corpus through them. A target must
// come back, and abort where the parser breaks its word.
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace tarama::fuzz {

struct Target {
  std::string_view name;  // also of its folder below fuzz/corpus
  void (*run)(std::string_view bytes);
};

void frame(std::string_view bytes);       // header and body of a message
void request(std::string_view bytes);     // JSON of a client: spec, prepared inputs
void job(std::string_view bytes);         // JSON of the orchestrator and of stored rows
void checkpoint(std::string_view bytes);  // header and table
void data_cache(std::string_view bytes);
void safetensors(std::string_view bytes);  // its header
void pickle(std::string_view bytes);
void model_config(std::string_view bytes);  // config.json of a folder
void vocabulary(std::string_view bytes);    // vocab.txt, then its own pieces as a text
void table(std::string_view bytes);         // the first byte says which format
void sweep_yaml(std::string_view bytes);

inline constexpr std::array all_targets = {
    Target{"frame", frame},
    Target{"request", request},
    Target{"job", job},
    Target{"checkpoint", checkpoint},
    Target{"data_cache", data_cache},
    Target{"safetensors", safetensors},
    Target{"pickle", pickle},
    Target{"model_config", model_config},
    Target{"vocabulary", vocabulary},
    Target{"table", table},
    Target{"sweep_yaml", sweep_yaml},
};

}  // namespace tarama::fuzz
