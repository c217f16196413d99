#include "base/secret.h"

#include <cstring>

namespace octo {

void Secret::Wipe() {
  text_.resize(text_.capacity());
  explicit_bzero(text_.data(), text_.size());
  text_.clear();
}

}  // namespace octo
