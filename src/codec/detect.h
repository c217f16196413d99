#pragma once

#include <string_view>

#include "stream/peek_source.h"

namespace octo::codec {

enum class Format {
  kPlain,  // also everything that is not known: an OpenPGP message, a PDF, an office document (a
           // zip by its bytes)
  kGzip,
  kZlib,
  kZstd,
  kBzip2,
  kXz,
  kZip,
  kSplitZip,  // one volume of several
  kTar,
  kUuencode,  // the old Bloomberg form: uuencoded DES
};

std::string_view Name(Format format);
constexpr bool IsCompression(Format format) {
  return format >= Format::kGzip && format <= Format::kXz;
}
constexpr bool IsContainer(Format format) {
  return format == Format::kZip || format == Format::kTar;
}

// What the bytes at the front of a source are, whatever its name says. A source that ends inside
// the marks of a binary format counts as that format, so that its reader reports it as cut. What
// can't be told: a source of up to three bytes that are text and happen to be the first ones of a
// mark ("PK", "BZh", "("), and a tar cut in its first 108 bytes; both are plain.
//
// zlib has no marks worth the name: text often begins like it ("x^2", "HK,"). So text is never
// zlib, and anything else must have a correct header and inflate. Only behind the three headers
// that are not text themselves (78 01, 78 9c, 78 da) binary data that don't inflate are taken for
// damaged zlib, not for plain data.
Format Detect(stream::PeekSource& source);

}  // namespace octo::codec
