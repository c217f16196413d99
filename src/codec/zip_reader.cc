#include "codec/container.h"

namespace octo::codec {

std::unique_ptr<Container> OpenZip(std::unique_ptr<stream::Source>, const Place& place) {
  throw place.Unsupported("is a zip", "");
}

}  // namespace octo::codec
