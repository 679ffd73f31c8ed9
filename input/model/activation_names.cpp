// See activation_names.hpp.
#include "input/model/activation_names.hpp"

#include <fmt/format.h>

#include <array>

namespace tarama::input {
namespace {

struct ActivationName {
  std::string_view name;
  Activation activation;
};

// The first name of each is the one that is written.
constexpr std::array known_activations = {
    ActivationName{"gelu", Activation::gelu},
    ActivationName{"gelu_python", Activation::gelu},
    ActivationName{"gelu_new", Activation::gelu_tanh},
    ActivationName{"gelu_pytorch_tanh", Activation::gelu_tanh},
    ActivationName{"gelu_fast", Activation::gelu_tanh},
    ActivationName{"relu", Activation::relu}};

}  // namespace

std::optional<Activation> activation_named(std::string_view name) {
  for (const ActivationName& known : known_activations) {
    if (known.name == name) {
      return known.activation;
    }
  }
  return std::nullopt;
}

std::string_view name_of(Activation activation) {
  for (const ActivationName& known : known_activations) {
    if (known.activation == activation) {
      return known.name;
    }
  }
  return "gelu";
}

std::string activation_names() {
  std::string names;
  for (const ActivationName& known : known_activations) {
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  return names;
}

}  // namespace tarama::input
