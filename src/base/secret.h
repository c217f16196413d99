#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace octo {

// A password, passphrase or key. It can't be printed, formatted or compared by accident: the one
// way to its text is Reveal(), which a reviewer can search for. The memory is wiped when the secret
// goes (copies included).
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept : text_(std::exchange(other.text_, {})) {}
  Secret& operator=(Secret other) noexcept {
    text_.swap(other.text_);
    return *this;
  }
  ~Secret() { Wipe(); }

  const std::string& Reveal() const { return text_; }
  bool empty() const { return text_.empty(); }

 private:
  void Wipe();
  std::string text_;
};

}  // namespace octo
